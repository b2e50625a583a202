import { describe, expect, it, onTestFinished } from 'vitest';
import type { Pod } from '../../crds/raw.ts';
import { type Exchange, TestApiServer } from '../testing/api-server.ts';
import { eventually } from '../testing/eventually.ts';
import { TestClock, testParts } from '../testing/parts.ts';
import { PODS } from './resource.ts';
import { Informer, type InformerOptions } from './watch.ts';

type Item = { metadata: Record<string, unknown>; [field: string]: unknown };

const pod = (name: string, version: number, more: Record<string, unknown> = {}): Item => ({
  metadata: { name, namespace: 'n', uid: `uid-${name}`, resourceVersion: String(version), ...more },
});
const list = (version: number, ...items: Item[]) => ({ metadata: { resourceVersion: String(version) }, items });
const line = (type: string, object: unknown) => `${JSON.stringify({ type, object })}\n`;
const bookmark = (version: number) => line('BOOKMARK', { metadata: { resourceVersion: String(version) } });
const status = (code: number, reason: string) => ({ kind: 'Status', code, reason, message: reason });

type Script = {
  /** Answers of the lists, one after the other; the last one is repeated. */
  lists: ((exchange: Exchange) => void)[];
  /** What each watch does, one after the other; the last one is repeated. */
  watches: ((exchange: Exchange) => void)[];
  options?: Partial<InformerOptions<Pod>>;
};

/** A watch that sends these lines and stays open. */
const sends =
  (...lines: string[]) =>
  ({ response }: Exchange) => {
    response.writeHead(200);
    response.flushHeaders();
    for (const each of lines) response.write(each);
  };
const lists =
  (version: number, ...items: Item[]) =>
  ({ answer }: Exchange) =>
    answer(list(version, ...items));

async function informer({ lists, watches, options = {} }: Script) {
  let listed = 0;
  let watched = 0;
  const server = await new TestApiServer((exchange) => {
    const script = exchange.query.has('watch') ? watches : lists;
    const turn = exchange.query.has('watch') ? watched++ : listed++;
    script[Math.min(turn, script.length - 1)]?.(exchange);
  }).listen();
  const parts = testParts(server.kubeConfig);
  const timing = { backoffMilliseconds: 1, maxBackoffMilliseconds: 5, ...options.timing };
  const subject = new Informer<Pod>({ ...parts, resource: PODS, ...options, timing });
  const changes: string[] = [];
  subject.onChange(({ type, object }) =>
    changes.push(`${type} ${object.metadata.name}@${object.metadata.resourceVersion}`),
  );
  onTestFinished(async () => {
    await subject.stop();
    await parts.transport.close();
    await server[Symbol.asyncDispose]();
  });
  subject.start();
  const watchesFrom = () =>
    server.requests.filter(({ query }) => query.has('watch')).map(({ query }) => query.get('resourceVersion'));
  const listCount = () => server.requests.filter(({ query }) => !query.has('watch')).length;
  const gauge = async (name: 'connected' | 'objects') => (await parts.metrics.informer[name].get()).values[0]?.value;
  return { subject, server, changes, watchesFrom, listCount, gauge, ...parts };
}

describe('an informer', () => {
  it('lists in pages, then watches from the list with bookmarks', async () => {
    const { subject, server, changes, gauge } = await informer({
      lists: [
        ({ answer }) => answer({ metadata: { resourceVersion: '5', continue: 'next' }, items: [pod('a', 1)] }),
        lists(5, pod('b', 2)),
      ],
      watches: [sends(line('ADDED', pod('c', 6)), line('MODIFIED', pod('a', 7)), line('DELETED', pod('b', 8)))],
      options: { labelSelector: 'x', fieldSelector: 'y=z', namespace: 'n' },
    });
    await subject.synced();
    await eventually(() =>
      expect(changes).toEqual(['added a@1', 'added b@2', 'added c@6', 'modified a@7', 'deleted b@8']),
    );
    expect(server.requests.map(({ query }) => Object.fromEntries(query))).toEqual([
      { labelSelector: 'x', fieldSelector: 'y=z', limit: '500' },
      { labelSelector: 'x', fieldSelector: 'y=z', limit: '500', continue: 'next' },
      {
        watch: 'true',
        allowWatchBookmarks: 'true',
        timeoutSeconds: '290',
        resourceVersion: '5',
        labelSelector: 'x',
        fieldSelector: 'y=z',
      },
    ]);
    expect(subject.all().map(({ metadata }) => metadata.name)).toEqual(['c', 'a']);
    expect(subject.get('n', 'a')?.metadata.resourceVersion).toBe('7');
    expect(await gauge('objects')).toBe(2);
    expect(await gauge('connected')).toBe(1);
  });

  it('gives listed objects their kind, and drops what nobody reads', async () => {
    const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': '{}', kept: 'yes' };
    const { subject } = await informer({
      lists: [lists(5, pod('a', 1, { managedFields: [{}], annotations }))],
      watches: [sends()],
      options: { project: ({ metadata, kind = '' }) => ({ metadata, kind: `${kind}!` }) },
    });
    await subject.synced();
    expect(subject.get('n', 'a')).toEqual({ kind: 'Pod!', ...pod('a', 1, { annotations: { kept: 'yes' } }) });
  });

  it('finds objects by declared indexes, also after they changed', async () => {
    const labelled = (name: string, version: number, team: string) => pod(name, version, { labels: { team } });
    const { subject, changes } = await informer({
      lists: [lists(5, labelled('a', 1, 'red'), labelled('b', 2, 'red'))],
      watches: [sends(line('MODIFIED', labelled('a', 6, 'blue')), line('DELETED', labelled('b', 7, 'red')))],
      options: { indexers: { team: ({ metadata }) => [metadata.labels?.['team'] ?? ''] } },
    });
    await eventually(() => expect(changes).toHaveLength(4));
    expect(subject.by('team', 'red')).toEqual([]);
    expect(subject.by('team', 'blue').map(({ metadata }) => metadata.name)).toEqual(['a']);
    expect(() => subject.by('colour', 'red')).toThrow('No index "colour" was declared.');
  });

  it.each<[string, (exchange: Exchange) => void]>([
    ['ended by the server', (exchange) => exchange.response.end()],
    ['reset', ({ reset }) => reset()],
    [
      'ended by an error that is not about its age',
      ({ response }) => response.write(line('ERROR', status(500, 'InternalError'))),
    ],
    ['garbled', ({ response }) => response.write('not json\n')],
    ['of a type that we do not know', ({ response }) => response.write(line('NEWS', pod('x', 1)))],
    ['cut in the middle of an event', ({ response }) => response.end('{"type":"ADDED","object":{"metadata":{"na')],
  ])('goes on from the last bookmark after a watch that was %s', async (_, end) => {
    const { changes, watchesFrom, listCount } = await informer({
      lists: [lists(5, pod('a', 1))],
      watches: [
        (exchange) => {
          sends(line('ADDED', pod('b', 6)), bookmark(9))(exchange);
          setTimeout(() => end(exchange), 20);
        },
        sends(line('ADDED', pod('c', 10))),
      ],
    });
    await eventually(() => expect(changes).toEqual(['added a@1', 'added b@6', 'added c@10']));
    expect(watchesFrom()).toEqual(['5', '9']);
    expect(listCount()).toBe(1);
  });

  it('opens a watch anew that has been silent for too long', async () => {
    const { changes, watchesFrom, metrics } = await informer({
      lists: [lists(5)],
      watches: [sends(bookmark(8)), sends(line('ADDED', pod('c', 10)))],
      options: { timing: { silenceMilliseconds: 50 } },
    });
    await eventually(() => expect(changes).toEqual(['added c@10']));
    expect(watchesFrom().slice(0, 2)).toEqual(['5', '8']);
    expect((await metrics.informer.failures.get()).values).toEqual([]);
  });

  it.each<[string, (exchange: Exchange) => void]>([
    ['the answer to a watch', ({ refuse }) => refuse(410, 'Expired')],
    ['an event of a watch', sends(line('ERROR', status(410, 'Expired')))],
  ])(
    'lists anew when %s says that its resourceVersion is too old, and tells of what was deleted',
    async (_, expired) => {
      const { subject, changes, watchesFrom, listCount } = await informer({
        lists: [lists(5, pod('a', 1), pod('b', 2), pod('c', 3)), lists(20, pod('a', 1), pod('b', 15))],
        watches: [expired, sends()],
      });
      await eventually(() => expect(watchesFrom()).toEqual(['5', '20']));
      expect(listCount()).toBe(2);
      expect(changes).toEqual(['added a@1', 'added b@2', 'added c@3', 'deleted c@3', 'modified b@15']);
      expect(subject.all()).toHaveLength(2);
    },
  );

  it('reads a list in one piece when its pages become too old on the way', async () => {
    const { subject, server } = await informer({
      lists: [
        ({ answer }) => answer({ metadata: { resourceVersion: '5', continue: 'next' }, items: [pod('a', 1)] }),
        ({ refuse }) => refuse(410, 'Expired'),
        lists(6, pod('a', 1), pod('b', 2)),
      ],
      watches: [sends()],
    });
    await subject.synced();
    expect(subject.all()).toHaveLength(2);
    expect(server.requests[2]?.query.has('limit')).toBe(false);
  });

  it('lists anew when the server keeps refusing a resourceVersion, whatever it says', async () => {
    const { watchesFrom, listCount } = await informer({
      lists: [lists(5), lists(6)],
      watches: [
        ...Array.from(
          { length: 6 },
          () =>
            ({ refuse }: Exchange) =>
              refuse(400, 'BadRequest'),
        ),
        sends(),
      ],
    });
    await eventually(() => expect(watchesFrom().at(-1)).toBe('6'));
    expect(listCount()).toBe(2);
  });

  it('does not list anew because of a server that is away or busy for long', async () => {
    const away: ((exchange: Exchange) => void)[] = Array.from({ length: 12 }, (_, i) =>
      i % 2 ? ({ reset }) => reset() : ({ refuse }) => refuse(503, 'ServiceUnavailable'),
    );
    const { watchesFrom, listCount } = await informer({ lists: [lists(5)], watches: [...away, sends()] });
    await eventually(() => expect(watchesFrom()).toEqual(Array(13).fill('5')));
    expect(listCount()).toBe(1);
  });

  it('keeps trying until the first list comes', async () => {
    const { subject } = await informer({
      lists: [
        ({ refuse }) => refuse(500, 'InternalError'),
        ({ refuse }) => refuse(403, 'Forbidden'),
        lists(5, pod('a', 1)),
      ],
      watches: [sends()],
    });
    expect(subject.hasSynced).toBe(false);
    await subject.synced();
    expect(subject.hasSynced).toBe(true);
    expect(subject.all()).toHaveLength(1);
  });

  it('never goes back to an older object', async () => {
    const { subject, changes } = await informer({
      lists: [lists(100, pod('a', 99))],
      watches: [sends(line('MODIFIED', pod('a', 98)), line('MODIFIED', pod('a', 99)), line('ADDED', pod('b', 101)))],
    });
    await eventually(() => expect(changes).toEqual(['added a@99', 'added b@101']));
    expect(subject.get('n', 'a')?.metadata.resourceVersion).toBe('99');
  });

  it('tells of a deletion that it missed when the name was taken again', async () => {
    const { changes } = await informer({
      lists: [lists(5, pod('a', 1))],
      watches: [sends(line('MODIFIED', pod('a', 7, { uid: 'another' })))],
    });
    await eventually(() => expect(changes).toEqual(['added a@1', 'deleted a@1', 'added a@7']));
  });

  it('survives a handler that throws, and tells the others', async () => {
    const { subject, changes, logged } = await informer({
      lists: [lists(5)],
      watches: [sends(line('ADDED', pod('a', 6)), line('ADDED', pod('b', 7)))],
    });
    const others: string[] = [];
    subject.onChange(() => {
      throw new Error('a bug');
    });
    subject.onChange(({ object }) => others.push(object.metadata.name ?? ''));
    await eventually(() => expect(others).toEqual(['a', 'b']));
    expect(changes).toEqual(['added a@6', 'added b@7']);
    expect(logged.filter(({ msg }) => msg === 'a handler of changes failed')).toHaveLength(2);
  });

  it('reads characters that arrive in two pieces', async () => {
    const bytes = Buffer.from(line('ADDED', pod('a', 6, { annotations: { note: 'naïve 🦊' } })));
    const { subject, changes } = await informer({
      lists: [lists(5)],
      watches: [
        ({ response }) => {
          response.writeHead(200);
          for (const byte of bytes) response.write(Buffer.of(byte));
        },
      ],
    });
    await eventually(() => expect(changes).toHaveLength(1));
    expect(subject.get('n', 'a')?.metadata.annotations).toEqual({ note: 'naïve 🦊' });
  });

  it('raises the alarm and is unhealthy when it is not connected for long, until it is again', async () => {
    const clock = new TestClock();
    let isAway = true;
    const { subject, logged, gauge } = await informer({
      lists: [lists(5)],
      watches: [(exchange) => (isAway ? exchange.reset() : sends()(exchange))],
      options: { clock, timing: { alarmMilliseconds: 20, maxBackoffMilliseconds: 5 } },
    });
    await eventually(() => expect(logged.some(({ msg }) => String(msg).startsWith('not connected for'))).toBe(true));
    clock.milliseconds += 19;
    expect(subject.isHealthy).toBe(true);
    clock.milliseconds += 1;
    expect(subject.isHealthy).toBe(false);
    expect(await gauge('connected')).toBe(0);
    isAway = false;
    await eventually(() => expect(subject.isHealthy).toBe(true));
    expect(await gauge('connected')).toBe(1);
  });

  it('stops at once, also while it waits for a list', async () => {
    const { subject, server } = await informer({ lists: [() => undefined], watches: [sends()] });
    const synced = subject.synced();
    await eventually(() => expect(server.requests).toHaveLength(1));
    await subject.stop();
    await expect(synced).rejects.toThrow('was stopped');
  });
});
