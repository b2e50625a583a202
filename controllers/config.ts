export type Config = Readonly<{
  /** Undefined: the in-cluster service account. */
  kubeconfig: string | undefined;
  context: string | undefined;
  namespace: string;
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
