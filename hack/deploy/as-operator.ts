import { KubeConfig } from '@kubernetes/client-node';
import { systemClock } from '../../controllers/clock.ts';
import { ApiError } from '../../controllers/kube/errors.ts';
import { Transport } from '../../controllers/kube/transport.ts';
import { createMetrics } from '../../controllers/metrics.ts';
import type { Admin } from '../e2e/faults/admin.ts';
import { operatorAccount } from '../e2e/faults/operator-account.ts';

type Request = { method: 'POST' | 'PATCH' | 'DELETE'; path: string; body: unknown; contentType?: string };

/** Requests with a token of the operator's account, which has to be installed. Close it at the end. */
export async function operatorTransport(admin: Admin): Promise<Transport> {
  const { server, ca, token } = await operatorAccount(admin);
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromOptions({
    clusters: [{ name: 'test', server, caData: Buffer.from(ca).toString('base64') }],
    users: [{ name: 'operator', token }],
    contexts: [{ name: 'operator', cluster: 'test', user: 'operator' }],
    currentContext: 'operator',
  });
  return new Transport({ kubeConfig, metrics: createMetrics(), clock: systemClock });
}

/** Asks the API server for something, and that it be not done. @returns what it refuses it with; empty when it would do it */
export async function said(user: Transport, request: Request): Promise<string> {
  try {
    await user.call({ ...request, query: { dryRun: 'All' }, timeoutMilliseconds: 10_000 });
    return '';
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return error.message;
  }
}
