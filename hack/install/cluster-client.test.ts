import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { RUNE_JOBS } from '../../controllers/kube/resource.ts';
import type { RuneJob } from '../../crds/types.ts';
import { ClusterClient } from './cluster-client.ts';

const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp();
});

const job = (outcome: string) => ({
  metadata: { name: 'a', namespace: 'ns', resourceVersion: '5' },
  status: { outcome },
});
const isPassed = (object: RuneJob | undefined) => object?.status?.outcome === 'Passed';
const answer = (body: object, code = 200): RequestListener => {
  return (_request, response) =>
    response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body));
};
const event = (type: string, object: object): RequestListener => {
  return (_request, response) => response.end(`${JSON.stringify({ type, object })}\n`);
};
const cut: RequestListener = (request) => request.socket.destroy();
const refused = (code: number) => answer({ kind: 'Status', code, reason: 'Refused', message: 'refused' }, code);

/** A client of a server that answers its requests in this order; the last answer is given to all that follow. */
async function clientOf(...answers: RequestListener[]): Promise<ClusterClient> {
  let asked = 0;
  const server = createServer((request, response) =>
    answers[Math.min(asked++, answers.length - 1)]?.(request, response),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const dir = await mkdtemp(join(tmpdir(), 'rune-client-'));
  const kubeconfig = join(dir, 'kubeconfig');
  const named = {
    clusters: [{ name: 'c', cluster: { server: `http://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true } }],
  };
  const rest = { users: [{ name: 'u', user: {} }], contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }] };
  await writeFile(kubeconfig, JSON.stringify({ ...named, ...rest, 'current-context': 'x' }));
  const client = new ClusterClient(kubeconfig);
  cleanUps.push(async () => {
    await client.close();
    server.closeAllConnections();
    server.close();
    await rm(dir, { recursive: true });
  });
  return client;
}

test.each<[string, RequestListener]>([
  ['a watch that is too old', event('ERROR', { kind: 'Status', code: 410, reason: 'Expired', message: 'too old' })],
  ['a watch that is refused with 410', refused(410)],
  ['a cut watch', cut],
  ['an API server that starts', refused(503)],
  ['a watch that ends', answer({}, 200)],
])('after %s the object is read again', async (_, watch) => {
  const client = await clientOf(answer(job('Failed')), watch, cut, answer(job('Passed')));
  expect(await client.until(RUNE_JOBS, 'a', 'ns', isPassed, 20)).toMatchObject(job('Passed'));
});

test('what will not change is an error at once', async () => {
  const client = await clientOf(refused(403));
  await expect(client.until(RUNE_JOBS, 'a', 'ns', isPassed, 20)).rejects.toThrow(/refused/);
});

test('at the deadline the error tells of the object as it last was', async () => {
  const client = await clientOf(answer(job('Failed')), refused(410), answer(job('Failed')), refused(410));
  await expect(client.until(RUNE_JOBS, 'a', 'ns', isPassed, 1)).rejects.toThrow(
    /RuneJob a: not what was awaited after 1 s: .+"outcome": "Failed"/s,
  );
});

test('those who follow get all again after a cut', async () => {
  const list = answer({ metadata: { resourceVersion: '5' }, items: [job('Failed')] });
  const client = await clientOf(list, cut, list, event('MODIFIED', job('Passed')));
  const seen: (string | undefined)[] = [];
  for await (const { status } of client.follow(RUNE_JOBS, 'ns', AbortSignal.timeout(20_000))) {
    seen.push(status?.outcome);
    if (status?.outcome === 'Passed') break;
  }
  expect(seen).toEqual(['Failed', 'Failed', 'Passed']);
});
