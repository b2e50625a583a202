import { describe, expect, it } from 'vitest';
import { type Manifest, withFlags, withImage } from './manifest.ts';
import { configured } from './operator.ts';

const deployment = (name: string): Manifest => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name },
  spec: {
    replicas: 2,
    template: {
      spec: {
        containers: [
          {
            name: 'main',
            image: 'localhost/a:dev',
            args: ['main.ts', '--runner-image=localhost/a:dev', '--workers=8'],
          },
        ],
      },
    },
  },
});

describe('withImage', () => {
  it('replaces the placeholder in a copy', () => {
    const given = deployment('a');
    const [changed] = withImage([given], 'localhost/a:dev', 'localhost/a:dev-123');
    expect(changed?.spec?.template?.spec?.containers?.[0]?.image).toBe('localhost/a:dev-123');
    expect(given).toEqual(deployment('a'));
  });

  it('refuses manifests without the placeholder', () => {
    expect(() => withImage([deployment('a')], 'localhost/b:dev', 'x')).toThrow(
      'no container of the manifests has the image localhost/b:dev',
    );
  });
});

describe('withFlags', () => {
  it.each([
    [['main.ts', '--a=1'], ['--b=2'], ['main.ts', '--a=1', '--b=2']],
    [['main.ts', '--a=1', '--ab=1'], ['--a=2'], ['main.ts', '--ab=1', '--a=2']],
    [['main.ts'], [], ['main.ts']],
  ])('%j with %j', (args, flags, expected) => {
    expect(withFlags(args, flags)).toEqual(expected);
  });
});

describe('the configured operator', () => {
  it('runs the image, gives it to its runners, and takes flags and replicas', () => {
    const options = { image: 'localhost/rune:dev-1', flags: ['--workers=2'], replicas: 1 };
    const changed = configured(deployment('rune-operator'), options);
    expect(changed.spec?.replicas).toBe(1);
    expect(changed.spec?.template?.spec?.containers).toEqual([
      {
        name: 'main',
        image: 'localhost/rune:dev-1',
        args: ['main.ts', '--runner-image=localhost/rune:dev-1', '--workers=2'],
      },
    ]);
  });

  it('leaves every other object as it is', () => {
    const other = deployment('other');
    expect(configured(other, { image: 'x' })).toBe(other);
  });
});
