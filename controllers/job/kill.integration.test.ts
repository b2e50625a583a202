import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RuneJob } from '../../crds/types.ts';
import type { PodScript } from '../../hack/e2e/faults/fake-kubelet.ts';
import { fakeReport } from '../../hack/e2e/faults/fake-report.ts';
import { KubeletFreeCluster } from '../../hack/e2e/faults/kubelet-free-cluster.ts';
import { Succession } from '../../hack/e2e/faults/succession.ts';
import { creations } from '../../hack/e2e/faults/write-log.ts';
import { stepOf } from '../../hack/e2e/faults/write-step.ts';
import { condition, isFinished, isStarted } from './attempts.ts';

type Life = {
  /** What happens to its Pods. */
  script: (attempt: number) => PodScript;
  /** What a person does to it while it lives. */
  drive: (namespace: string, name: string) => Promise<void>;
  /** How it must end; none for a job that is deleted before. */
  end: { outcome: string; attempts: number } | undefined;
};

/** Each write of a life is killed before and after; so many lives go on at a time. */
const AT_A_TIME = 12;
/** Another job's kill may take away the write that was to be killed; then the life is lived again. */
const TRIES = 6;

let cluster: KubeletFreeCluster;
let operators: Succession;
/** All ends that were ever seen of a job, by uid. */
const ends = new Map<string, Set<string>>();

beforeAll(async () => {
  // A life is long where the operator is killed all the time.
  cluster = await KubeletFreeCluster.start(150);
  cluster.jobs.onChange(({ object }) => {
    const { outcome, attempt, answer } = object.status ?? {};
    if (!isFinished(object)) return;
    const uid = object.metadata.uid ?? '';
    ends.set(uid, (ends.get(uid) ?? new Set()).add(JSON.stringify({ outcome, attempt, answer: answer?.excerpt })));
  });
  const flags = ['--pod-retention-seconds=1', '--retry-backoff-seconds=0'];
  operators = await Succession.begin(async (held) => cluster.startOperator('operator', flags, held));
});
afterAll(async () => {
  await operators.end();
  await cluster.stop();
});

const lives: Record<string, Life> = {
  'goes well': { script: () => reports, drive: expires, end: { outcome: 'Passed', attempts: 1 } },
  'is evicted and tried again': {
    script: (attempt) => (attempt === 1 ? isEvicted : reports),
    drive: expires,
    end: { outcome: 'Passed', attempts: 2 },
  },
  'is cancelled while it runs': {
    script: () => runs,
    drive: async (namespace, name) => {
      await cluster.untilJob(namespace, name, 'started', isStarted);
      await cluster.patchJob(namespace, name, { cancel: true });
      await expires(namespace, name);
    },
    end: { outcome: 'Cancelled', attempts: 1 },
  },
  'is suspended while it runs, and resumed': {
    script: (attempt) => (attempt === 1 ? runs : reports),
    drive: async (namespace, name) => {
      await cluster.untilJob(namespace, name, 'started', isStarted);
      await cluster.patchJob(namespace, name, { suspend: true });
      await cluster.untilJob(namespace, name, 'held', (job) => condition(job, 'Started')?.reason === 'Suspended');
      await cluster.patchJob(namespace, name, { suspend: false });
      await expires(namespace, name);
    },
    end: { outcome: 'Passed', attempts: 2 },
  },
  // Its Pod is not the garbage collector's then, so that the operator alone takes it away.
  'is deleted without its Pod while it runs': {
    script: () => runs,
    drive: async (namespace, name) => {
      await cluster.untilJob(namespace, name, 'started', isStarted);
      await cluster.deleteJob(namespace, name, 'Orphan');
      await cluster.untilPod(namespace, `${name}-1`, 'gone', (pod) => pod === undefined);
      // Who orphans its dependents wants to keep them; the operator may read no Secret and leaves it.
      await cluster.deleteQuestion(namespace, name);
    },
    end: undefined,
  },
};

describe('the operator is killed', () => {
  test.each(['before', 'after'] as const)('%s each write of its Lease', async (when) => {
    for (const method of ['PATCH', 'POST'] as const) {
      if (method === 'POST') await cluster.deleteLease();
      const killed = Promise.withResolvers<void>();
      const done = cluster.log.rule((write) => {
        if (write.method !== method || !write.path.includes('/leases')) return undefined;
        done();
        killed.resolve();
        return { kind: `kill ${when}` };
      });
      if (method === 'POST') await operators.current.kill();
      await killed.promise;
    }
    const namespace = await cluster.namespace();
    await cluster.createJob(namespace, 'after-all');
    expect((await cluster.untilFinished(namespace, 'after-all')).outcome).toBe('Passed');
  });

  test('before and after each write of a job that lives in any way', { timeout: 300_000 }, async () => {
    const namespace = await cluster.namespace();
    await cluster.untilBackendReady(namespace);
    const moments = await momentsOf(namespace);
    expect(moments.length).toBeGreaterThan(60);
    const cases = moments.map((moment, index) => () => killAt(namespace, `kill-${index}`, moment));
    const waiting = [...cases];
    const work = async () => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await next();
    };
    await Promise.all(Array.from({ length: AT_A_TIME }, work));
    for (const [pod, times] of creations(cluster.log, 'pods')) expect(times, pod).toBe(1);
    await cluster.untilNothingLeft(namespace);
  });
});

type Moment = { life: string; step: string; when: 'before' | 'after' };

/** Each write of each life, but for those at its beginning that an earlier life makes as well. */
async function momentsOf(namespace: string): Promise<Moment[]> {
  const names = Object.keys(lives);
  const stepsOf = await Promise.all(names.map((life, index) => stepsOfLife(namespace, `plain-${index}`, life)));
  const isKnown = (step: string, index: number, life: number) =>
    stepsOf.slice(0, life).some((earlier) => (isTold(step) ? earlier.includes(step) : earlier[index] === step));
  return names.flatMap((life, number) => {
    const steps = stepsOf[number] ?? [];
    const told = steps.filter((step) => isTold(step) && !isKnown(step, 0, number));
    const done = steps.filter((step) => !isTold(step));
    const firstNew = done.findIndex((step, index) => !isKnown(step, index, number));
    const fresh = [...done.slice(firstNew), ...told];
    return fresh.flatMap((step) => [{ life, step, when: 'before' } as const, { life, step, when: 'after' } as const]);
  });
}

/** Lives a life without faults; the writes of the job in their order, then its Events. */
async function stepsOfLife(namespace: string, name: string, life: string): Promise<string[]> {
  const steps = new Set<string>();
  const done = cluster.log.rule((write) => {
    const step = stepOf(write, namespace, name);
    if (step !== undefined) steps.add(step);
    return undefined;
  });
  await live(namespace, name, life);
  done();
  return [...steps].toSorted((a, b) => Number(isTold(a)) - Number(isTold(b)));
}

/** An Event: its place among the other writes is not fixed. */
function isTold(step: string): boolean {
  return step.startsWith('event ');
}

/** Lives a life in which the operator is killed at one of its writes. */
async function killAt(namespace: string, name: string, { life, step, when }: Moment): Promise<void> {
  for (let number = 1; number <= TRIES; number++) {
    const own = `${name}-${number}`;
    let isKilled = false;
    const done = cluster.log.rule((write) => {
      if (isKilled || stepOf(write, namespace, own) !== step) return undefined;
      isKilled = true;
      return { kind: `kill ${when}` };
    });
    await live(namespace, own, life);
    done();
    if (isKilled) return;
  }
  throw new Error(`"${life}": ${TRIES} times there was no write "${step}" to be killed ${when}`);
}

async function live(namespace: string, name: string, life: string): Promise<void> {
  const { script, drive, end } = lives[life] ?? expect.unreachable();
  cluster.script(namespace, name, script);
  const job = await cluster.createJob(namespace, name, { ttlSecondsAfterFinished: 2 });
  await drive(namespace, name);
  const uid = job.metadata.uid ?? '';
  if (end === undefined) return;
  const pods = cluster.kubelet.pods.filter((pod) => pod.ownerUid === uid);
  const answer = end.outcome === 'Passed' ? pods.at(-1)?.latest.metadata.uid : undefined;
  const wanted = JSON.stringify({ outcome: end.outcome, attempt: end.attempts, answer });
  expect([...(ends.get(uid) ?? [])], `${life}, ${name}`).toEqual([wanted]);
  expect(pods.length, `Pods of ${name}`).toBe(end.attempts);
}

async function expires(namespace: string, name: string): Promise<void> {
  await cluster.untilJobGone(namespace, name);
}

const runs: PodScript = async (pod) => {
  await pod.bind();
  await pod.running();
};

const isEvicted: PodScript = async (pod) => {
  await runs(pod);
  await started(pod.latest.metadata);
  await pod.evicted('The node was low on resource: memory.');
};

const reports: PodScript = async (pod) => {
  await runs(pod);
  await started(pod.latest.metadata);
  await pod.terminated(JSON.stringify(fakeReport(pod.latest)));
};

/** Waits until the job's status says that it runs, so that each step of its life is recorded. */
async function started({ namespace = '', name = '' }: RuneJob['metadata']): Promise<void> {
  await cluster.untilJob(namespace, name.replace(/-\d+$/, ''), 'started', isStarted);
}
