import { setImmediate } from 'node:timers/promises';
import {
  ANNOTATION_BACKEND,
  ANNOTATION_FIXTURES,
  CONDITION,
  EMERGENCY_STOP,
  LABEL,
  RETRIED,
  STARTED_REASON,
} from '../../../crds/names.ts';
import type { Pod } from '../../../crds/raw.ts';
import type { RuneAgent, RuneBackend, RuneJob } from '../../../crds/types.ts';
import { emergencyStop } from '../../emergency-stop.ts';
import { CONFIG_MAPS, PODS, RUNE_AGENTS, RUNE_BACKENDS, RUNE_JOBS } from '../../kube/resource.ts';
import { condition, currentAttempt, isFinished, isStopped, isSuspended } from '../attempts.ts';
import { hasFixtures } from '../fixtures.ts';
import { NODE_SILENT_MILLISECONDS, podState } from '../pod-state.ts';
import { ApiServer } from './api-server.ts';
import { Kubelet, type Truth } from './kubelet.ts';
import { SETTINGS, SimulatedOperator } from './operator.ts';
import { Random } from './random.ts';

const NAMESPACE = 'team';
const AGENTS = ['model', 'in a container'] as const;
const JOBS = 6;
const CHAOS_STEPS = 400;
const MAX_STEPS = 20_000;
const DAY_MILLISECONDS = 86_400_000;

/** Runs one random history. Throws an Error that names the invariant that broke. */
export async function simulate(seed: number): Promise<void> {
  const random = new Random(seed);
  const server = new ApiServer();
  const kubelet = new Kubelet(server, random);
  populate(server, random);
  const stopped = new Map<string, number>();
  const interrupted = new Set<string>();
  let operator = new SimulatedOperator(server, random);
  let end = Number.POSITIVE_INFINITY;
  for (let step = 0; step < MAX_STEPS; step++) {
    const isChaos = step < CHAOS_STEPS;
    operator.isKind = !isChaos;
    kubelet.isKind = !isChaos;
    if (step === CHAOS_STEPS) {
      resumeAll(server);
      for (const name of AGENTS) if (server.get(RUNE_AGENTS, name) === undefined) toggleAgent(server, name);
      setStop(server, 'false');
      end = server.now + DAY_MILLISECONDS;
    }
    if (isChaos && random.chance(0.02)) {
      operator.kill();
      operator = new SimulatedOperator(server, random);
    }
    if (isChaos && random.chance(0.03)) disturb(server, kubelet, random);
    collectGarbage(server, random);
    const choices = operator.choices();
    const choice = random.below(choices.length + 1);
    const picked = choices[choice];
    const hasMoved = picked === undefined ? kubelet.step() : acted(operator, picked);
    if (picked === 'call' || picked === 'reconcile') await setImmediate();
    noteInterruptions(server, interrupted);
    checkAlways(server, kubelet);
    checkStop(server, operator, stopped);
    if (hasMoved || operator.choices().length > 0) continue;
    if (operator.isSettled) checkNobodyIsForgotten(server, kubelet);
    if (operator.isSettled && operator.isStopped) checkAllIsStopped(server, kubelet);
    if (!isChaos && server.now > end) break;
    const next = Math.min(operator.nextDueTime(), server.now + 3_600_000);
    server.now = Math.max(server.now + 1, Number.isFinite(next) ? next : server.now + 3_600_000);
  }
  checkAtEnd(server, kubelet, interrupted);
}

function acted(operator: SimulatedOperator, choice: Parameters<SimulatedOperator['act']>[0]): true {
  operator.act(choice);
  return true;
}

function populate(server: ApiServer, random: Random): void {
  for (const name of AGENTS) toggleAgent(server, name);
  for (const name of ['one', 'two']) {
    const spec = {
      maxConcurrentJobs: 1 + random.below(2),
      requestTimeoutSeconds: 5,
      openai: { baseURL: 'http://m/v1' },
    };
    const status = { observedGeneration: 1, conditions: [{ type: 'Ready', status: 'True' }] };
    server.create(RUNE_BACKENDS, { metadata: { name, namespace: NAMESPACE }, spec, status } as unknown as RuneBackend);
  }
  for (let index = 0; index < JOBS; index++) createJob(server, random, `job-${index}`);
}

function createJob(server: ApiServer, random: Random, name: string): void {
  const spec = {
    agent: { ref: { name: random.pick(AGENTS) } },
    model: { name: 'm', backendRef: { name: random.pick(['one', 'two']) } },
    question: {
      prompt: 'What?',
      expect: [{ exact: { value: 'x', ignoreCase: false }, weight: 1 }],
      passMarkPermille: 1000,
      ...(random.chance(0.4) ? { fixtures: { manifests: [], timeoutSeconds: 30 } } : {}),
    },
    pod: { fixtureTokenSecret: 'maker' },
    trial: 0,
    suspend: random.chance(0.1),
    cancel: false,
    startDeadlineSeconds: random.pick([60, 3600]),
    activeDeadlineSeconds: 60,
    backoffLimit: random.below(4),
    priority: random.below(3),
  };
  server.create(RUNE_JOBS, { metadata: { name, namespace: NAMESPACE }, spec } as unknown as RuneJob);
}

/** A user or the cluster interferes. */
function disturb(server: ApiServer, kubelet: Kubelet, random: Random): void {
  const jobs = server.all(RUNE_JOBS);
  const pods = server.all(PODS);
  const job = jobs.length > 0 ? random.pick(jobs) : undefined;
  const name = job?.metadata.name ?? '';
  const kind = random.below(12);
  if (kind < 2 && job) server.patch(RUNE_JOBS, name, NAMESPACE, { spec: { cancel: true } }, {});
  else if (kind < 5 && job) server.patch(RUNE_JOBS, name, NAMESPACE, { spec: { suspend: !job.spec.suspend } }, {});
  else if (kind < 7 && pods.length > 0) kubelet.disturb(random.pick(pods));
  else if (kind < 8 && job) {
    if (random.chance(0.3)) orphan(server, job);
    server.remove(RUNE_JOBS, name, NAMESPACE, { gracePeriodSeconds: 0 });
    if (random.chance(0.5)) createJob(server, random, name);
  } else if (kind < 9) toggleAgent(server, random.pick(AGENTS));
  else if (kind < 10) setStop(server, random.pick(['true', 'yes', 'false', 'deleted']));
  else server.now += random.below(120_000);
}

/** An agent is taken away, or made again. */
function toggleAgent(server: ApiServer, name: (typeof AGENTS)[number]): void {
  const spec = name === 'model' ? { openai: { stream: true } } : { container: { image: 'agent' } };
  const agent = { metadata: { name }, spec } as unknown as RuneAgent;
  if (server.get(RUNE_AGENTS, name) === undefined) server.create(RUNE_AGENTS, agent);
  else server.remove(RUNE_AGENTS, name, undefined, { gracePeriodSeconds: 0 });
}

/** The emergency stop is called for, released, or its ConfigMap deleted. */
function setStop(server: ApiServer, active: string): void {
  const metadata = { name: EMERGENCY_STOP, namespace: SETTINGS.namespace };
  const known = server.get(CONFIG_MAPS, metadata.name, metadata.namespace);
  if (active === 'deleted') server.remove(CONFIG_MAPS, metadata.name, metadata.namespace, { gracePeriodSeconds: 0 });
  else if (known === undefined) server.create(CONFIG_MAPS, { metadata, data: { active, reason: 'a test' } });
  else server.patch(CONFIG_MAPS, metadata.name, metadata.namespace, { data: { active } }, {});
}

/** What `kubectl delete --cascade=orphan` does first. */
function orphan(server: ApiServer, job: RuneJob): void {
  const owned = server.all(PODS).filter(({ metadata }) => metadata.ownerReferences?.[0]?.uid === job.metadata.uid);
  for (const { metadata } of owned) {
    server.patch(PODS, metadata.name ?? '', NAMESPACE, { metadata: { ownerReferences: [] } }, {});
  }
}

function resumeAll(server: ApiServer): void {
  for (const job of server.all(RUNE_JOBS)) {
    server.patch(RUNE_JOBS, job.metadata.name ?? '', NAMESPACE, { spec: { suspend: false } }, {});
  }
}

/** The garbage collector, now and then: Pods whose owner is gone are deleted. */
function collectGarbage(server: ApiServer, random: Random): void {
  if (!random.chance(0.1)) return;
  const owners = new Set(server.all(RUNE_JOBS).map((job) => job.metadata.uid));
  for (const pod of server.all(PODS)) {
    const owner = pod.metadata.ownerReferences?.[0]?.uid;
    if (owner !== undefined && !owners.has(owner) && pod.metadata.deletionTimestamp === undefined) {
      server.remove(PODS, pod.metadata.name ?? '', NAMESPACE);
    }
  }
}

/** Attempts that somebody wants ended before their end is recorded: of those no more is known than is written at once. */
function noteInterruptions(server: ApiServer, interrupted: Set<string>): void {
  const isStop = emergencyStop(server.get(CONFIG_MAPS, EMERGENCY_STOP, SETTINGS.namespace)) !== undefined;
  const deleted = new Set(
    server
      .all(PODS)
      .filter(isDeleted)
      .map(({ metadata }) => metadata.name),
  );
  for (const job of server.all(RUNE_JOBS)) {
    const { number, podName } = currentAttempt(job) ?? {};
    const isAsked = isStop || job.spec.cancel || job.spec.suspend || isSuspended(job) || deleted.has(podName);
    if (number !== undefined && isAsked) interrupted.add(`${job.metadata.uid}/${number}`);
  }
}

function isDeleted({ metadata }: Pod): boolean {
  return metadata.deletionTimestamp !== undefined;
}

function checkAlways(server: ApiServer, kubelet: Kubelet): void {
  const runs = new Map<string, number>();
  for (const truth of kubelet.truths.values()) {
    if (!truth.hasStarted) continue;
    const run = `${truth.jobUid}/${truth.attempt}`;
    runs.set(run, (runs.get(run) ?? 0) + 1);
    if ((runs.get(run) ?? 0) > 1) throw new Error(`attempt ${run} ran twice`);
  }
  const live = server.all(PODS).filter((pod) => isLive(pod, kubelet.truths.get(pod.metadata.uid ?? '')));
  if (live.length > SETTINGS.maxRunnerPods)
    throw new Error(`${live.length} runner Pods, of at most ${SETTINGS.maxRunnerPods}`);
  for (const backend of server.all(RUNE_BACKENDS)) {
    const name = backend.metadata.name;
    const count = live.filter((pod) => pod.metadata.annotations?.['bench.rune.ai/backend'] === name).length;
    if (count > backend.spec.maxConcurrentJobs) throw new Error(`${count} Pods on backend ${name}`);
  }
  checkFixtures(server, kubelet);
  const jobs = live.map((pod) => pod.metadata.labels?.['bench.rune.ai/job-uid']);
  if (new Set(jobs).size < jobs.length) throw new Error('two live Pods of one job');
}

/** A namespace has the fixtures of one Pod at a time, until they are removed or gone with it. */
function checkFixtures(server: ApiServer, kubelet: Kubelet): void {
  const names = fixtureHolders(server, kubelet).map(({ metadata }) => metadata.name);
  if (names.length > 1) throw new Error(`fixtures of ${names.join(' and ')} at once`);
}

function isMakingFixtures(job: RuneJob): boolean {
  return hasFixtures(job) && currentAttempt(job) !== undefined;
}

function fixtureHolders(server: ApiServer, kubelet: Kubelet): Pod[] {
  return server.all(PODS).filter(({ metadata }) => {
    const { annotations, finalizers = [], ownerReferences = [], uid = '' } = metadata;
    // One without an owner is kept by somebody's own wish.
    if (annotations?.[ANNOTATION_FIXTURES] !== 'true' || finalizers.length + ownerReferences.length === 0) return false;
    const truth = kubelet.truths.get(uid);
    return !truth?.hasEnded || truth.report === undefined || truth.report.fixtures === 'left';
  });
}

/** `stopped` keeps, by uid, the attempt in which a job was caught by a stop: there is never another one. */
function checkStop(server: ApiServer, { violation }: SimulatedOperator, stopped: Map<string, number>): void {
  if (violation !== undefined) throw new Error(violation);
  for (const job of server.all(RUNE_JOBS)) {
    const [uid, number] = [job.metadata.uid ?? '', job.status?.attempt ?? 0];
    const caught = job.status?.outcome === 'Stopped' || (isStopped(job) && currentAttempt(job) !== undefined);
    if (caught && number === 0) throw new Error(`${job.metadata.name} was stopped without an attempt`);
    if (caught && !stopped.has(uid)) stopped.set(uid, number);
    if (number > (stopped.get(uid) ?? number)) throw new Error(`${job.metadata.name} went on after it was stopped`);
  }
}

/** When all is quiet during a stop, nothing runs, and all that has not ended says why. */
function checkAllIsStopped(server: ApiServer, kubelet: Kubelet): void {
  const live = server.all(PODS).filter((pod) => isLive(pod, kubelet.truths.get(pod.metadata.uid ?? '')));
  if (live.length > 0) throw new Error(`${live.map(({ metadata }) => metadata.name).join(', ')} live during a stop`);
  for (const job of server.all(RUNE_JOBS)) {
    if (isFinished(job) || currentAttempt(job) !== undefined) continue;
    const reason = condition(job, CONDITION.started)?.reason;
    if (reason !== STARTED_REASON.emergencyStop) throw new Error(`${job.metadata.name}: ${reason} during a stop`);
  }
}

/** A Pod that the kubelet has not seen is live, unless it is deleted before it has a node; on a silent node it is nobody's to count. */
function isLive(pod: Pod, truth: Truth | undefined): boolean {
  if (pod.metadata.deletionTimestamp !== undefined && pod.spec?.nodeName === undefined) return false;
  return truth === undefined || (!truth.hasEnded && truth.fate !== 'silent');
}

const IN_LINE: ReadonlySet<string> = new Set([
  STARTED_REASON.backendBusy,
  STARTED_REASON.runnerLimitReached,
  STARTED_REASON.fixturesInUse,
]);

/** When all is quiet, a job waits for its turn only where there is no room: one that was not woken would wait until its deadline. */
function checkNobodyIsForgotten(server: ApiServer, kubelet: Kubelet): void {
  const jobs = server.all(RUNE_JOBS);
  const holders = new Map(jobs.filter(currentAttempt).map((job) => [job.metadata.uid, job.spec.model.backendRef.name]));
  for (const pod of server.all(PODS)) {
    const isLive = podState(pod, undefined, 0).kind !== 'ended';
    if (isLive) holders.set(pod.metadata.labels?.[LABEL.jobUid], pod.metadata.annotations?.[ANNOTATION_BACKEND] ?? '');
  }
  if (holders.size >= SETTINGS.maxRunnerPods) return;
  const isFixturesTaken = fixtureHolders(server, kubelet).length > 0 || jobs.some(isMakingFixtures);
  for (const job of jobs) {
    const reason = condition(job, CONDITION.started)?.reason;
    const backend = server.get(RUNE_BACKENDS, job.spec.model.backendRef.name, NAMESPACE);
    const used = [...holders.values()].filter((name) => name === backend?.metadata.name).length;
    const hasRoom = used < (backend?.spec.maxConcurrentJobs ?? 0);
    // Whose turn did not come is not told when another thing holds it up meanwhile.
    const isKept = hasFixtures(job) && isFixturesTaken;
    const isInLine = reason !== undefined && IN_LINE.has(reason);
    if (isInLine && hasRoom && !isKept && !isFinished(job))
      throw new Error(`${job.metadata.name} waits though there is room`);
  }
}

const RESULTS: ReadonlySet<string> = new Set(['Passed', 'Failed', 'AgentError']);

/** How long the operator waits for what a Pod may yet say of its end. */
const GIVEN_UP_MILLISECONDS = NODE_SILENT_MILLISECONDS + SETTINGS.podTerminationGraceSeconds * 1000;

/** Where a Pod's status told that the agent was at fault, its attempt says so and is the last; and nowhere else. */
function checkBlame(job: RuneJob, truths: readonly Truth[], interrupted: ReadonlySet<string>): void {
  const name = job.metadata.name ?? '';
  const blamed = truths.filter(({ agentFault }) => agentFault !== undefined);
  for (const { agentFault, attempt, isDisturbed, endTime = Number.POSITIVE_INFINITY } of blamed) {
    const recorded = job.status?.attempts?.find(({ number }) => number === attempt);
    const isGivenUp = Date.parse(recorded?.completionTime ?? '') >= endTime + GIVEN_UP_MILLISECONDS;
    const isInterrupted = isDisturbed || interrupted.has(`${job.metadata.uid}/${attempt}`);
    if (recorded?.outcome === 'Cancelled' || isGivenUp || isInterrupted) continue;
    if (recorded?.reason === agentFault && job.status?.outcome === 'AgentError') continue;
    throw new Error(`${name}: attempt ${attempt} with ${agentFault} is recorded as ${recorded?.reason}`);
  }
  if (job.status?.outcome === 'AgentError' && blamed.length === 0) throw new Error(`${name}: blames an innocent agent`);
}

function checkAtEnd(server: ApiServer, kubelet: Kubelet, interrupted: ReadonlySet<string>): void {
  for (const job of server.all(RUNE_JOBS)) {
    const name = job.metadata.name ?? '';
    if (!isFinished(job)) throw new Error(`${name} is not finished: ${JSON.stringify(job.status?.conditions)}`);
    const truths = [...kubelet.truths.values()].filter((truth) => truth.jobUid === job.metadata.uid);
    checkBlame(job, truths, interrupted);
    const results = truths.filter(({ report }) => RESULTS.has(report?.outcome ?? ''));
    if (results.length > 1) throw new Error(`${name} has ${results.length} results`);
    const expected = results[0]?.report;
    if (expected !== undefined && job.status?.outcome !== expected.outcome) {
      throw new Error(`${name}: reported ${expected.outcome}, recorded ${job.status?.outcome}`);
    }
    const measured = job.status?.outcome === 'Passed' || job.status?.outcome === 'Failed';
    if (measured && expected === undefined) throw new Error(`${name}: ${job.status?.outcome} out of nothing`);
    const isTrouble = RETRIED.has(job.status?.outcome ?? 'Passed');
    // With the short deadline a Pod may be ended for its late start by a cache that has not seen it.
    const isLate = job.spec.startDeadlineSeconds < 3600 || job.status?.attempts?.at(-1)?.outcome === 'Cancelled';
    const isBlameless = truths.every(({ fate, isDisturbed }) => fate === 'passes' && !isDisturbed);
    if (isTrouble && !isLate && truths.length > 0 && isBlameless) {
      throw new Error(`${name}: ${job.status?.outcome} without a cause`);
    }
    const cost = truths.reduce((sum, truth) => sum + (truth.report?.costMicroUSD ?? 0), 0);
    if ((job.status?.costMicroUSD ?? 0) !== cost)
      throw new Error(`${name}: cost ${job.status?.costMicroUSD}, not ${cost}`);
    if ((job.status?.retries ?? 0) > job.spec.backoffLimit) throw new Error(`${name}: too many retries`);
  }
  // A Pod that is let go after its job and whose node never answers stays Terminating, as any Pod of Kubernetes does.
  const uids = new Set(server.all(RUNE_JOBS).map((job) => job.metadata.uid));
  // One that had ended before its job was deleted with --cascade=orphan stays, as was asked for.
  const isKubernetesOwn = (pod: Pod) => {
    const truth = kubelet.truths.get(pod.metadata.uid ?? '');
    const isOrphan = truth?.hasEnded && (pod.metadata.ownerReferences ?? []).length === 0;
    const isFree = !uids.has(pod.metadata.labels?.[LABEL.jobUid]) && (pod.metadata.finalizers ?? []).length === 0;
    return isFree && (truth?.fate === 'silent' || isOrphan);
  };
  const left = server
    .all(PODS)
    .filter((pod) => !isKubernetesOwn(pod))
    .map((pod) => pod.metadata.name);
  if (left.length > 0) throw new Error(`Pods left: ${left.join(', ')}`);
}
