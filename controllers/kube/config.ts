import { existsSync } from 'node:fs';
import { KubeConfig } from '@kubernetes/client-node';

/**
 * How the API server is reached: by `file` if given, else by the Pod's service account.
 * @throws Error that says what to do, when neither is there or the context is unknown
 */
export function loadKubeConfig(file: string | undefined, context: string | undefined): KubeConfig {
  const config = new KubeConfig();
  if (file === undefined) loadServiceAccount(config);
  else loadFile(config, file);
  // The base class of the operator reads the same file on its own, and takes no context.
  if (config.getCurrentCluster() === null) throw new Error(`${file ?? 'the service account'} has no current-context`);
  if (context !== undefined) config.setCurrentContext(context);
  if (config.getCurrentCluster() === null) {
    const known = config.getContexts().map(({ name }) => name);
    throw new Error(`${file} has no context "${context}"; it has: ${known.join(', ')}`);
  }
  return config;
}

function loadFile(config: KubeConfig, file: string): void {
  try {
    config.loadFromFile(file);
  } catch (cause) {
    throw new Error(`cannot read the kubeconfig ${file}: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}

function loadServiceAccount(config: KubeConfig): void {
  const token = '/var/run/secrets/kubernetes.io/serviceaccount/token';
  if (!existsSync(token)) throw new Error('not in a Pod with a service account: pass --kubeconfig FILE');
  config.loadFromCluster();
}
