/**
 * Compacts an etcd to its current revision by its JSON gateway (etcd's "gRPC gateway" page). What is older is gone:
 * a list or watch from an older resourceVersion gets 410 as soon as the API server has to ask etcd for it, which is
 * always so after the API server was restarted, since its own window of past events then starts empty.
 * @param url for example `http://127.0.0.1:2379`
 * @returns the revision
 */
export async function compactEtcd(url: string): Promise<number> {
  const key = Buffer.from('compact').toString('base64');
  const { header } = (await post(`${url}/v3/kv/range`, { key })) as { header: { revision: string } };
  await post(`${url}/v3/kv/compaction`, { revision: header.revision, physical: true });
  return Number(header.revision);
}

async function post(url: string, body: object): Promise<unknown> {
  const response = await fetch(url, {
    method: 'POST',
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(10_000),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`POST ${url}: ${response.status} ${text.slice(0, 300)}`);
  return JSON.parse(text);
}
