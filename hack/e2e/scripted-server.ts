import type { ClusterClient } from '../install/cluster-client.ts';
import { scriptedModelNamespace } from './provided.ts';
import type { Stats } from './scripted-model/stats.ts';

export const scriptedURL = `http://scripted-model.${scriptedModelNamespace}:8000`;
/** The port that tests may close. */
export const secondScriptedURL = `http://scripted-model.${scriptedModelNamespace}:8001`;

/** The scripted model in the cluster, reached through the API server. */
export class ScriptedServer {
  readonly #client: ClusterClient;

  constructor(client: ClusterClient) {
    this.#client = client;
  }

  /** What was served to the job that names itself so by the directive `job`. */
  async stats(job: string): Promise<Stats> {
    return (await this.#call(`/stats?job=${encodeURIComponent(job)}`)) as Stats;
  }

  /** Closed, connections to the second port are refused. */
  async setSecondPort(open: boolean): Promise<void> {
    await this.#call('/admin/second-port', { method: 'PUT', body: { open } });
  }

  async #call(path: string, call = {}): Promise<unknown> {
    return await this.#client.callService(scriptedModelNamespace, 'scripted-model:http', path, call);
  }
}
