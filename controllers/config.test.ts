import { describe, expect, it } from 'vitest';
import { ConfigError, readConfig } from './config.ts';

const IMAGE = '--runner-image=rune:1';

describe('readConfig', () => {
  it('has defaults for all but the runner image, and freezes them', () => {
    const config = readConfig([IMAGE], {});
    expect(config).toEqual({
      namespace: 'rune-system',
      identity: expect.stringMatching(/^.+-\d+-[0-9a-f]{6}$/),
      runnerImage: 'rune:1',
      runnerImagePullPolicy: 'IfNotPresent',
      maxRunnerPods: 100,
      podRetentionSeconds: 600,
      retryBackoffSeconds: 10,
      retryBackoffMaxSeconds: 360,
      podTerminationGraceSeconds: 8,
      workers: 8,
      leaseDurationSeconds: 15,
      leaseRenewDeadlineSeconds: 10,
      leaseRetryPeriodSeconds: 2,
      metricsAddress: { host: '0.0.0.0', port: 9090 },
      logLevel: 'info',
    });
    expect(Object.isFrozen(config)).toBe(true);
  });

  it('takes from the environment what Kubernetes tells there, below the command line', () => {
    const env = { POD_NAME: 'rune-operator-1', POD_NAMESPACE: 'ours', KUBECONFIG: '/a' };
    expect(readConfig([IMAGE], env)).toMatchObject({
      identity: 'rune-operator-1',
      namespace: 'ours',
      kubeconfig: '/a',
    });
    expect(readConfig([IMAGE, '--namespace=other', '--kubeconfig=/b'], env)).toMatchObject({
      namespace: 'other',
      kubeconfig: '/b',
    });
  });

  it('gives two processes on one machine two identities', () => {
    const identity = () => (readConfig([IMAGE], {}) as { identity: string }).identity;
    expect(identity()).not.toBe(identity());
  });

  it.each<[string, string[], unknown]>([
    ['--metrics-address', ['--metrics-address=127.0.0.1:0'], { metricsAddress: { host: '127.0.0.1', port: 0 } }],
    ['--metrics-address of IPv6', ['--metrics-address=[::1]:90'], { metricsAddress: { host: '::1', port: 90 } }],
    ['--workers', ['--workers', '3'], { workers: 3 }],
    ['--log-level', ['--log-level', 'debug'], { logLevel: 'debug' }],
    ['--context', ['--context', 'kind'], { context: 'kind' }],
  ])('reads %s', (_, argv, expected) => {
    expect(readConfig([IMAGE, ...argv], {})).toMatchObject(expected as object);
  });

  it.each<[string, string[], RegExp]>([
    ['no runner image', [], /required option '--runner-image <image>'/],
    ['an empty runner image', ['--runner-image='], /--runner-image.* must not be empty/i],
    ['an unknown flag', [IMAGE, '--wat'], /unknown option '--wat'/],
    ['a stray word', [IMAGE, 'wat'], /too many arguments/],
    ['a fraction', [IMAGE, '--workers=1.5'], /--workers.*integer from 1 to 256/],
    ['nothing', [IMAGE, '--workers='], /--workers.*integer from 1 to 256/],
    ['a number out of range', [IMAGE, '--max-runner-pods=0'], /--max-runner-pods.*integer from 1/],
    ['a bad policy', [IMAGE, '--runner-image-pull-policy=Sometimes'], /Always, IfNotPresent, Never/],
    ['a bad level', [IMAGE, '--log-level=loud'], /--log-level.*trace, debug/],
    ['a bad address', [IMAGE, '--metrics-address=9090'], /HOST:PORT/],
    ['a bad namespace', [IMAGE, '--namespace=A_b'], /--namespace.*lower-case/],
    ['a lease that two could hold', [IMAGE, '--lease-duration-seconds=10'], /--lease-duration-seconds/],
    ['a deadline below the period', [IMAGE, '--lease-renew-deadline-seconds=2'], /--lease-renew-deadline-seconds/],
    ['backoffs the wrong way round', [IMAGE, '--retry-backoff-max-seconds=1'], /--retry-backoff-max-seconds/],
  ])('refuses %s in one line', (_, argv, message) => {
    const read = () => readConfig(argv, {});
    expect(read).toThrow(ConfigError);
    expect(read).toThrow(message);
    expect(read).not.toThrow(/\n/);
  });
});
