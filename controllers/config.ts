import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { PORT } from '../crds/names.ts';

export type Config = Readonly<{
  /** Undefined: the in-cluster service account. */
  kubeconfig: string | undefined;
  context: string | undefined;
  /** The operator's own, where its Lease lives. */
  namespace: string;
  /** Who we are, as the Lease's holder. */
  identity: string;
  runnerImage: string;
  runnerImagePullPolicy: 'Always' | 'IfNotPresent' | 'Never';
  maxRunnerPods: number;
  podRetentionSeconds: number;
  retryBackoffSeconds: number;
  retryBackoffMaxSeconds: number;
  podTerminationGraceSeconds: number;
  workers: number;
  leaseDurationSeconds: number;
  leaseRenewDeadlineSeconds: number;
  leaseRetryPeriodSeconds: number;
  metricsAddress: Readonly<{ host: string; port: number }>;
  logLevel: LogLevel;
}>;

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

type Environment = Readonly<Record<string, string | undefined>>;

/** What was given on the command line cannot be used; `message` says why in one line. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/**
 * Reads the command line and the environment once.
 * @param argv The arguments alone, without the interpreter and the script.
 * @returns 'help' when help was asked for and has been printed.
 * @throws ConfigError
 */
export function readConfig(argv: readonly string[], env: Environment): Config | 'help' {
  const command = describe(env);
  try {
    command.parse(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code === 'commander.helpDisplayed') return 'help';
    throw new ConfigError(error.message.replace(/^error: /, ''));
  }
  const config = command.opts<Config>();
  const {
    leaseDurationSeconds: duration,
    leaseRenewDeadlineSeconds: deadline,
    leaseRetryPeriodSeconds: retry,
  } = config;
  if (!(duration - retry > deadline && deadline > retry)) {
    throw new ConfigError(
      '--lease-duration-seconds less --lease-retry-period-seconds must be above --lease-renew-deadline-seconds, ' +
        `and that above --lease-retry-period-seconds (now ${duration}, ${retry}, ${deadline})`,
    );
  }
  if (config.retryBackoffMaxSeconds < config.retryBackoffSeconds)
    throw new ConfigError('--retry-backoff-max-seconds must not be below --retry-backoff-seconds');
  return Object.freeze({ ...config, metricsAddress: Object.freeze(config.metricsAddress) });
}

function describe(env: Environment): Command {
  const integer = (flag: string, text: string, standard: number, least: number, most = 1_000_000) =>
    new Option(`--${flag} <n>`, text).argParser(integerWithin(least, most)).default(standard);
  const identity = env['POD_NAME'] || `${hostname()}-${process.pid}-${randomBytes(3).toString('hex')}`;
  return new Command('rune-operator')
    .description('Runs RuneJobs: one runner Pod for each attempt, and the state of agents and backends.')
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
    .allowExcessArguments(false)
    .addOption(
      new Option('--kubeconfig <file>', 'how to reach the cluster; in-cluster without it')
        .argParser(nonEmpty)
        .default(env['KUBECONFIG'] || undefined, '$KUBECONFIG'),
    )
    .addOption(new Option('--context <name>', 'context of the kubeconfig').argParser(nonEmpty))
    .addOption(
      new Option('--namespace <name>', 'namespace of the operator and its Lease')
        .argParser(dnsLabel)
        .default(env['POD_NAMESPACE'] || 'rune-system', '$POD_NAMESPACE or rune-system'),
    )
    .addOption(
      new Option('--identity <name>', 'holder of the Lease; no two processes may share one')
        .argParser(nonEmpty)
        .default(identity, '$POD_NAME or hostname-pid-random'),
    )
    .addOption(new Option('--runner-image <image>', 'image of runner Pods').argParser(nonEmpty).makeOptionMandatory())
    .addOption(
      new Option('--runner-image-pull-policy <policy>', 'when it is pulled')
        .choices(['Always', 'IfNotPresent', 'Never'])
        .default('IfNotPresent'),
    )
    .addOption(integer('max-runner-pods', 'runner Pods at once, in the whole cluster', 100, 1))
    .addOption(integer('pod-retention-seconds', 'how long finished runner Pods stay for their logs', 600, 0))
    .addOption(integer('retry-backoff-seconds', 'pause before the first retry; doubles', 10, 0))
    .addOption(integer('retry-backoff-max-seconds', 'longest pause before a retry', 360, 0))
    .addOption(integer('pod-termination-grace-seconds', 'time for a runner to report when it is ended', 8, 1, 3600))
    .addOption(integer('workers', 'RuneJobs worked on at once', 8, 1, 256))
    .addOption(integer('lease-duration-seconds', 'after so long without renewal another process takes over', 15, 1))
    .addOption(integer('lease-renew-deadline-seconds', 'after so long without renewal this process stops', 10, 1))
    .addOption(integer('lease-retry-period-seconds', 'pause between renewals', 2, 1))
    .addOption(
      new Option('--metrics-address <host:port>', 'where /livez, /readyz and /metrics are served')
        .argParser(address)
        .default({ host: '0.0.0.0', port: PORT.metrics }, `0.0.0.0:${PORT.metrics}`),
    )
    .addOption(new Option('--log-level <level>', 'least level that is logged').choices(LOG_LEVELS).default('info'));
}

function integerWithin(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It must be an integer from ${least} to ${most}.`);
  };
}

function nonEmpty(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('It must not be empty.');
  return text;
}

function dnsLabel(text: string): string {
  if (/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(text)) return text;
  throw new InvalidArgumentError('It must be a name of a namespace: lower-case letters, digits and hyphens.');
}

function address(text: string): { host: string; port: number } {
  const [, host, port] = /^\[?([^\]]*)\]?:(\d{1,5})$/.exec(text) ?? [];
  if (host && port && Number(port) <= 65_535) return { host, port: Number(port) };
  throw new InvalidArgumentError('It must be HOST:PORT, such as 0.0.0.0:9090.');
}
