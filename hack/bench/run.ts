/**
 * What a reconcile of a run of 10,000 jobs computes, by how many of them have finished: one job ends, the next step is
 * decided, and the patch of the status is made. Without a cluster; what is written is measured by `operator.ts`.
 */
import { loadavg } from 'node:os';
import { mergePatch } from '../../controllers/merge-patch.ts';
import { jobOfCase } from '../../controllers/run/job-of-case.ts';
import { plan } from '../../controllers/run/plan.ts';
import { RunState } from '../../controllers/run/run-state.ts';
import { started } from '../../controllers/run/status.ts';
import type { FrozenRun } from '../../crds/frozen-run.ts';
import type { RuneJob, RuneRun } from '../../crds/types.ts';
import { quantile } from './quantile.ts';

const AIM_MILLISECONDS = 50;
const STEPS = 300;
const SHARES = [0, 0.25, 0.5, 0.75, 0.97];
const PARALLELISM = 100;

const frozen = frozenRun(2, 2, 50, 50);
const jobs = frozen.cells.length * frozen.questions.length * frozen.trials;
const created = Date.parse('2026-11-25T00:00:00Z');
const run = { metadata: { name: 'run', namespace: 'bench', uid: 'run-uid', generation: 1 }, spec: {} } as RuneRun;
run.status = started(run, frozen, undefined, created);

const p99s = SHARES.map((share) => {
  const times = measure(Math.floor(jobs * share));
  const [p50, p99] = [quantile(times, 0.5), quantile(times, 0.99)];
  console.log(
    `${Math.floor(jobs * share)} of ${jobs} jobs finished: p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms`,
  );
  return p99;
});
const load = loadavg()
  .map((one) => one.toFixed(1))
  .join(' ');
console.log(`aim p99 < ${AIM_MILLISECONDS} ms, flat in the number of finished jobs; load average ${load}`);
process.exitCode = Math.max(...p99s) < AIM_MILLISECONDS ? 0 : 1;

/** Milliseconds of each step. */
function measure(finished: number): number[] {
  const known = Array.from({ length: finished }, (_, index) => job(index, true));
  const state = new RunState(run, frozen, known);
  let status = run.status ?? {};
  let now = created;
  const step = (changed: RuneJob | undefined): number => {
    now += 1000;
    const begun = performance.now();
    if (changed !== undefined) state.progress.observe('modified', changed);
    const steps = plan(
      {
        run: { ...run, status },
        frozen,
        progress: state.progress,
        cells: () => state.cells(),
        baseline: undefined,
        stop: undefined,
        refusal: undefined,
        maxJobsOf: () => 1000,
        writtenAt: state.writtenAt,
      },
      now,
    );
    // A run that has not ended is decided in one step.
    const { value: decided, done } = steps.next();
    if (!done || decided === undefined) throw new Error('the run ended before it should');
    mergePatch(status, decided.status ?? status);
    const took = performance.now() - begun;
    status = decided.status ?? status;
    state.writtenAt = now;
    for (const index of decided.createJobs) {
      state.made(index, now);
      state.progress.observe('added', job(index, false));
    }
    return took;
  };
  step(undefined);
  const end = () => {
    const [oldest] = state.progress.window.open;
    return oldest === undefined ? undefined : job(oldest, true);
  };
  for (let index = 0; index < 20; index++) step(end());
  return Array.from({ length: Math.min(STEPS, jobs - finished - 30) }, () => step(end()));
}

function job(index: number, isFinished: boolean): RuneJob {
  const { metadata, spec } = jobOfCase(run, frozen, index);
  const uid = `job-${index}`;
  const status = {
    outcome: index % 5 === 0 ? 'Failed' : 'Passed',
    attempt: 1,
    attempts: [
      {
        number: 1,
        podName: `${metadata.name}-1`,
        startTime: '2026-11-25T00:00:00Z',
        outcome: 'Passed',
        costMicroUSD: 96,
      },
    ],
    usage: { inputTokens: 400 + (index % 50), outputTokens: 50 + (index % 7), modelCalls: 1 },
    timings: { agentMilliseconds: 1000 + (index % 997) },
    costMicroUSD: 96,
    provenance: { agentGeneration: 1 },
  };
  return {
    metadata: { ...metadata, uid },
    spec: { ...spec, cancel: false },
    ...(isFinished ? { status } : {}),
  } as RuneJob;
}

function frozenRun(agents: number, models: number, questions: number, trials: number): FrozenRun {
  const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);
  return {
    v: 1,
    cells: upTo(agents).flatMap((agent) =>
      upTo(models).map((model) => ({
        agent: { name: `agent-${agent}`, agentRef: { name: `agent-${agent}` } },
        model: { name: `model-${model}`, backendRef: { name: 'models' } },
        agentGeneration: 1,
        agentSHA256: '0123456789ab',
        backendGeneration: 1,
      })),
    ),
    questions: upTo(questions).map((index) => ({
      id: `question-${index}`,
      sha256: '0123456789ab',
      secret: 0,
      tags: [`tag-${index % 3}`],
    })),
    secrets: ['run-0123456789ab'],
    trials,
    seed: 1,
    order: 'Interleaved',
    parallelism: PARALLELISM,
    jobTemplate: {
      startDeadlineSeconds: 3600,
      activeDeadlineSeconds: 300,
      backoffLimit: 2,
      priority: 0,
      ttlSecondsAfterFinished: 3600,
    } as FrozenRun['jobTemplate'],
    benchmark: { name: 'bench', uid: 'bench-uid', generation: 1 },
  };
}
