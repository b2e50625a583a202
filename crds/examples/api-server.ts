import { type RequestOptions, request } from 'node:https';
import { setTimeout } from 'node:timers/promises';
import { KubeConfig } from '@kubernetes/client-node';
import { GROUP } from '../names.ts';
import type { Definition } from './definitions.ts';
import type { Manifest } from './manifests.ts';

export type Answer = {
  status: number;
  /** Parsed JSON. Of a refusal, a Status object with the `message`. */
  body: { message?: string; items?: { metadata: { name: string } }[]; [field: string]: unknown };
};

export type Options = { dryRun?: boolean };

/** What the tests of our kinds ask of a kube-apiserver. A refusal is an answer, never an exception. */
export type ApiServer = {
  request(method: string, path: string, body?: unknown): Promise<Answer>;
  /** Server-side apply with strict validation of fields. */
  apply(definition: Definition, namespace: string, manifest: Manifest): Promise<Answer>;
  /** Creates with strict validation of fields. */
  create(definition: Definition, namespace: string, manifest: Manifest, options?: Options): Promise<Answer>;
  /** Replaces an object's status. */
  replaceStatus(definition: Definition, namespace: string, manifest: Manifest, options?: Options): Promise<Answer>;
  /** The path of a kind's objects. */
  path(definition: Definition, namespace: string): string;
};

export async function connect(kubeconfig: string): Promise<ApiServer> {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const server = config.getCurrentCluster()?.server;
  if (server === undefined) throw new Error(`${kubeconfig}: no current context`);
  const credentials: RequestOptions = {};
  await config.applyToHTTPSOptions(credentials);

  const send = (method: string, path: string, body?: unknown): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const type = method === 'PATCH' ? 'application/apply-patch+yaml' : 'application/json';
      const headers = { ...credentials.headers, 'content-type': type };
      const call = request(new URL(path, server), { ...credentials, method, headers, timeout: 30_000 }, (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('error', reject);
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, body: JSON.parse(Buffer.concat(parts).toString()) });
        });
      });
      call.on('timeout', () => call.destroy(new Error(`${method} ${path}: no answer within 30 s`)));
      call.on('error', reject);
      call.end(body === undefined ? undefined : JSON.stringify(body));
    });

  const path = ({ spec }: Definition, namespace: string) =>
    `/apis/${GROUP}/v1alpha1/${spec.scope === 'Namespaced' ? `namespaces/${namespace}/` : ''}${spec.names.plural}`;

  return {
    request: send,
    path,
    apply: (definition, namespace, manifest) =>
      send(
        'PATCH',
        `${path(definition, namespace)}/${manifest.metadata.name}?fieldManager=examples&force=true&${parameters({})}`,
        manifest,
      ),
    create: (definition, namespace, manifest, options = {}) =>
      send('POST', `${path(definition, namespace)}?${parameters(options)}`, manifest),
    replaceStatus: async (definition, namespace, manifest, options = {}) => {
      const own = `${path(definition, namespace)}/${manifest.metadata.name}`;
      const { body } = await send('GET', own);
      const metadata = body['metadata'] as object;
      return await send('PUT', `${own}/status?${parameters(options)}`, { ...manifest, metadata });
    },
  };
}

/** Applies our definitions and waits until the API server serves them. */
export async function install(api: ApiServer, definitions: readonly Definition[]): Promise<void> {
  for (const definition of definitions) {
    const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${definition.metadata.name}`;
    const answer = await api.request('PATCH', `${path}?fieldManager=examples&force=true`, definition);
    if (answer.status >= 300) throw new Error(`${definition.metadata.name}: ${answer.body.message}`);
    const until = Date.now() + 30_000;
    while (!isEstablished(await api.request('GET', path))) {
      if (Date.now() > until) throw new Error(`${definition.metadata.name}: not established within 30 s`);
      await setTimeout(50);
    }
  }
}

function isEstablished({ body }: Answer): boolean {
  const status = body['status'] as { conditions?: { type: string; status: string }[] } | undefined;
  return status?.conditions?.some(({ type, status }) => type === 'Established' && status === 'True') ?? false;
}

function parameters({ dryRun }: Options): string {
  return dryRun === true ? 'fieldValidation=Strict&dryRun=All' : 'fieldValidation=Strict';
}
