import type { ResourceEvent, ResourceMeta } from '@dot-i/k8s-operator';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { RuneAgent } from '../../crds/types.ts';
import { type Handler, TestApiServer } from '../testing/api-server.ts';
import { eventually } from '../testing/eventually.ts';
import { testParts } from '../testing/parts.ts';
import { ApiError } from './errors.ts';
import { RuneOperator } from './operator.ts';
import { RUNE_AGENTS } from './resource.ts';
import type { Informer } from './watch.ts';

const base = Object.getPrototypeOf(RuneOperator.prototype);
const AGENTS = ['bench.rune.ai', 'v1alpha1', 'runeagents'] as const;

/** Makes the protected members of the base class callable for the tests. */
class TestOperator extends RuneOperator {
  agents: Informer<RuneAgent> | undefined;
  seen: ResourceEvent[] = [];
  onEvent: (event: ResourceEvent) => Promise<void> = async (event) => void this.seen.push(event);

  protected override async init(): Promise<void> {
    this.agents = this.inform({ resource: RUNE_AGENTS });
    await this.watchResource(...AGENTS, (event) => this.onEvent(event));
    await this.startInformers();
  }

  finalize = (event: ResourceEvent, action: () => Promise<void>) => this.handleResourceFinalizer(event, 'f', action);
  patchStatus = (meta: ResourceMeta, status: unknown) => this.patchResourceStatus(meta, status);
  setStatus = (meta: ResourceMeta, status: unknown) => this.setResourceStatus(meta, status);
  uri = (namespace?: string) => this.getCustomResourceApiUri('g', 'v1', 'things', namespace);
  register = () => this.registerCustomResourceDefinition();
}

const agent = (version: string, more: Record<string, unknown> = {}) => ({
  apiVersion: 'bench.rune.ai/v1alpha1',
  kind: 'RuneAgent',
  metadata: { name: 'a', uid: 'u', resourceVersion: version, ...more },
});

// The base class loads the user's own kubeconfig, which may name a file that is not there.
beforeEach(() => void vi.stubEnv('KUBECONFIG', undefined));
afterEach(() => void vi.unstubAllEnvs());

async function operator(handler: Handler) {
  const server = await new TestApiServer(handler).listen();
  const kubeConfig = server.kubeConfig;
  const parts = testParts(kubeConfig);
  const subject = new TestOperator({ ...parts, kubeConfig });
  onTestFinished(async () => {
    await subject.stop();
    await parts.transport.close();
    await server[Symbol.asyncDispose]();
  });
  return { subject, server, ...parts };
}

const oneAgent: Handler = ({ query, answer, response }) => {
  if (query.has('watch')) response.writeHead(200).flushHeaders();
  else answer({ metadata: { resourceVersion: '5' }, items: [agent('3')] });
};

describe('@dot-i/k8s-operator', () => {
  it.each([
    'start',
    'stop',
    'registerCustomResourceDefinition',
    'getCustomResourceApiUri',
    'watchResource',
    'setResourceStatus',
    'patchResourceStatus',
    'handleResourceFinalizer',
    'setResourceFinalizers',
  ])('still has the member %s that we use or replace', (member) => {
    expect(base[member]).toBeTypeOf('function');
  });

  it('has all of its members that reach out replaced', () => {
    const reachOut = Object.getOwnPropertyNames(base).filter((name) =>
      /k8sApi|kubeConfig|gaxios|resourcePathBuilders|resourceStatusRequest|watchRequests/.test(String(base[name])),
    );
    const own = Object.getOwnPropertyNames(RuneOperator.prototype);
    const unused = ['constructor', 'applyAxiosKubeConfigAuth', 'applyGaxiosKubeConfigAuth', 'resourceStatusRequest'];
    expect(reachOut.filter((name) => !own.includes(name) && !unused.includes(name))).toEqual([]);
  });
});

describe('an operator', () => {
  it('runs init at its start, shares one informer a kind, and hands out copies', async () => {
    const { subject, server } = await operator(oneAgent);
    await subject.start();
    expect(subject.isHealthy).toBe(true);
    expect(subject.seen).toEqual([
      {
        type: 'ADDED',
        object: agent('3'),
        meta: expect.objectContaining({ id: 'runeagents.bench.rune.ai/v1alpha1', name: 'a', resourceVersion: '3' }),
      },
    ]);
    expect(subject.seen[0]?.object).not.toBe(subject.agents?.get(undefined, 'a'));
    expect(server.requests.filter(({ query }) => !query.has('watch'))).toHaveLength(1);
  });

  it('survives a handler that fails', async () => {
    const { subject, logged } = await operator(oneAgent);
    subject.onEvent = async () => {
      throw new Error('a bug');
    };
    await subject.start();
    await eventually(() => expect(logged.some(({ msg }) => msg === 'a handler of events failed')).toBe(true));
  });

  it('does not end the process when it is stopped or when connections are reset', async () => {
    const exit = vi.spyOn(process, 'exit').mockImplementation(() => undefined as never);
    const { subject, server } = await operator(oneAgent);
    await subject.start();
    const watches = () => server.requests.filter(({ query }) => query.has('watch')).length;
    await eventually(() => expect(watches()).toBe(1));
    for (const socket of server.sockets) socket.resetAndDestroy();
    await eventually(() => expect(watches()).toBe(2));
    await subject.stop();
    expect(exit).not.toHaveBeenCalled();
  });

  it('adds and takes away finalizers with a precondition, and does not say so when it could not', async () => {
    let refuses = true;
    const { subject, server } = await operator((exchange) => {
      if (exchange.method !== 'PATCH') oneAgent(exchange);
      else if (refuses) exchange.refuse(409, 'Conflict');
      else exchange.answer(agent('8'));
    });
    await subject.start();
    const [event] = subject.seen as [ResourceEvent];
    await expect(subject.finalize(structuredClone(event), async () => undefined)).rejects.toBeInstanceOf(ApiError);
    refuses = false;
    expect(await subject.finalize(event, async () => undefined)).toBe(true);
    expect(server.requests.at(-1)).toMatchObject({
      path: '/apis/bench.rune.ai/v1alpha1/runeagents/a',
      headers: { 'content-type': 'application/merge-patch+json' },
      body: { metadata: { finalizers: ['f'], resourceVersion: '3' } },
    });
    expect(subject.agents?.get(undefined, 'a')?.metadata.finalizers).toBeUndefined();
  });

  it('writes statuses to the subresource with a precondition, and throws what is refused', async () => {
    let refuses = false;
    const { subject, server } = await operator((exchange) => {
      if (exchange.method === 'GET') oneAgent(exchange);
      else if (refuses) exchange.refuse(409, 'Conflict');
      else exchange.answer(agent('9'));
    });
    await subject.start();
    const [{ meta }] = subject.seen as [ResourceEvent];
    expect(await subject.patchStatus(meta, { x: 1 })).toMatchObject({ name: 'a', resourceVersion: '9' });
    expect(await subject.setStatus(meta, { x: 2 })).toMatchObject({ name: 'a', resourceVersion: '9' });
    const path = '/apis/bench.rune.ai/v1alpha1/runeagents/a/status';
    expect(server.requests.slice(-2)).toMatchObject([
      { method: 'PATCH', path, body: { metadata: { resourceVersion: '3' }, status: { x: 1 } } },
      {
        method: 'PUT',
        path,
        body: { kind: 'RuneAgent', metadata: { name: 'a', resourceVersion: '3' }, status: { x: 2 } },
      },
    ]);
    refuses = true;
    await expect(subject.patchStatus(meta, {})).rejects.toMatchObject({ code: 409 });
    await expect(subject.setStatus(meta, {})).rejects.toMatchObject({ code: 409 });
  });

  it('knows where things are, and leaves definitions to the manifests', async () => {
    const { subject, server } = await operator(oneAgent);
    expect(subject.uri('n')).toBe(`http://127.0.0.1:${server.port}/apis/g/v1/namespaces/n/things`);
    expect(subject.uri()).toBe(`http://127.0.0.1:${server.port}/apis/g/v1/things`);
    await expect(subject.register()).rejects.toThrow('installed with the manifests');
  });
});
