import { writeFile } from 'node:fs/promises';
import { stringify } from 'yaml';
import type { Credentials } from './certificates.ts';

/** A kubeconfig with one cluster, one user and one context, all credentials inside. `name` is the context's name. */
export function kubeconfig(name: string, server: string, credentials: Credentials): string {
  const base64 = (pem: string) => Buffer.from(pem).toString('base64');
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server, 'certificate-authority-data': base64(credentials.ca) } }],
    users: [
      {
        name,
        user: {
          'client-certificate-data': base64(credentials.cert),
          'client-key-data': base64(credentials.key),
        },
      },
    ],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  });
}

/** Writes a kubeconfig that only this user may read. */
export async function writeKubeconfig(path: string, content: string): Promise<void> {
  await writeFile(path, content, { mode: 0o600 });
}
