import { afterAll, beforeAll, expect, test } from 'vitest';
import { LEASES } from '../../../controllers/kube/resource.ts';
import { LABEL } from '../../../crds/names.ts';
import type { RuneJob } from '../../../crds/types.ts';
import { nodeFaults } from '../../cluster/faults.ts';
import { waitFor } from '../../cluster/wait.ts';
import { operatorDeployment, operatorNamespace } from '../../install/operator.ts';
import { RunScene } from '../runs/run-scene.ts';
import { Scene } from '../scene.ts';
import { askedBy, rightsOf } from './audit-log.ts';
import { describeOnNode } from './describe-on-node.ts';
import { scaleOperator } from './host-operators.ts';
import { condition, JobHistory } from './job-history.ts';
import { OPERATOR_USER } from './operator-account.ts';

type Role = {
  metadata: { managedFields?: { time?: string }[] };
  rules: { apiGroups?: string[]; resources?: string[]; verbs: string[] }[];
};

let scene: Scene;
let runs: RunScene;
let roles: Role[];
let auditLog: string;

describeOnNode("the operator's rights", () => {
  beforeAll(async () => {
    auditLog = (await nodeFaults()).auditLog;
    scene = await Scene.open('rights');
    const inNamespace = ['--namespace', operatorNamespace, '--show-managed-fields'];
    roles = await Promise.all([
      scene.kubectl.json<Role>(['get', 'clusterrole', operatorDeployment, '--show-managed-fields']),
      scene.kubectl.json<Role>(['get', 'role', operatorDeployment, ...inNamespace]),
    ]);
  });

  afterAll(async () => scene.close());

  test('the operator uses each right that it has', async () => {
    const since = new Date();
    // The next operator reads what this run froze.
    await startRun();
    await scaleOperator(scene, 0);
    await scene.client.kube.remove(LEASES, operatorDeployment, operatorNamespace);
    await scaleOperator(scene, 2);
    await liveAllLives();
    await runAllRuns();
    const granted = rightsOf(roles.flatMap(({ rules }) => rules));
    // The audit log is written a moment after the answer.
    await waitFor(
      'a use of each right',
      async () => {
        const { allowed } = await askedBy(auditLog, OPERATOR_USER, since);
        const unused = [...granted.difference(allowed)];
        return unused.length === 0 ? undefined : `granted and not used: ${unused.join(', ')}`;
      },
      5,
    );
  }, 400_000);

  test('the operator was refused nothing since its rights were last changed', async () => {
    const changes = roles
      .flatMap(({ metadata }) => metadata.managedFields ?? [])
      .map(({ time = '' }) => Date.parse(time));
    const { allowed, refused } = await askedBy(auditLog, OPERATOR_USER, new Date(Math.max(...changes)));
    expect([...refused]).toEqual([]);
    expect([...allowed.difference(rightsOf(roles.flatMap(({ rules }) => rules)))]).toEqual([]);
  });
});

/** Jobs that together make the operator do all that it can do; their agent and backend are new to it, too. */
async function liveAllLives(): Promise<void> {
  const lives = await Scene.open('lives');
  const history = await JobHistory.of(lives);
  const slow = 'Say yes. <<answer: yes>> <<delay: 30000ms>>';
  await history.create('expires', { ttlSecondsAfterFinished: 1 });
  await history.create('cancelled', { prompt: slow });
  await history.create('deleted', { prompt: slow });
  // The operator asks what this account may do.
  await history.create('account', {}, { pod: { serviceAccountName: 'default' } });
  await history.create('held', { suspend: true }, { agent: { ref: { name: 'no-such-agent' } } });
  // The same reason twice is the same Event again.
  for (const suspend of [true, false, true, false]) {
    await history.patch('held', { suspend });
    const reason = suspend ? 'Suspended' : 'AgentNotFound';
    await history.untilNow('held', reason, (job) => condition(job, 'Started')?.reason === reason);
  }
  const remove = async (name: string) =>
    lives.kubectl.run(['delete', `runejob/${name}`, '--namespace', lives.namespace, '--timeout=60s']);
  await history.until('deleted', 'runs', isRunning);
  await remove('deleted');
  await history.until('cancelled', 'runs', isRunning);
  await history.patch('cancelled', { cancel: true });
  await lives.finished('cancelled');
  await lives.finished('account');
  await lives.kubectl.run(['wait', 'runejob/expires', '--namespace', lives.namespace, '--for=delete', '--timeout=60s']);
  await history.stop();
  await lives.close();
}

/** A run that goes on until somebody cancels it. */
async function startRun(): Promise<void> {
  runs = await RunScene.open('rights-runs');
  await runs.scene.kubectl.run([
    ...['create', 'configmap', 'contexts', '--from-literal=sky=The sky is blue.'],
    ...['--namespace', runs.scene.namespace],
  ]);
  const contextFrom = { configMapKeyRef: { name: 'contexts', key: 'sky' } };
  await runs.suite('quick', [
    { id: 'sky', prompt: 'Say yes. <<answer: yes>>', contextFrom, expect: [{ exact: { value: 'yes' } }] },
  ]);
  await runs.suite('slow', [{ id: 'wait', prompt: 'Say yes. <<answer: yes>> <<delay: 300000ms>>' }]);
  await runs.benchmark('slow', { suiteRefs: [{ name: 'slow' }] });
  await runs.run('cancelled', 'slow');
  await runs.until('cancelled', (run) => (run.status?.jobs?.created ?? 0) > 0);
}

/** Runs that together make the operator do all that it can do with runs: by hand and on change, and no history. */
async function runAllRuns(): Promise<void> {
  await runs.kubectl('patch', 'rr/cancelled', '--type=merge', '-p', '{"spec":{"cancel":true}}');
  await runs.finished('cancelled');
  await runs.benchmark('quick', {
    suiteRefs: [{ name: 'quick' }],
    runOnChange: true,
    successfulRunsHistoryLimit: 0,
    failedRunsHistoryLimit: 0,
    jobTemplate: { ttlSecondsAfterFinished: 1 },
  });
  const labels = `--selector=${LABEL.benchmark}=quick`;
  const isMade = async () => ((await runs.kubectl('get', 'rr', labels, '-o', 'name')) === '' ? 'no run' : undefined);
  await waitFor('the run of a change', isMade, 60);
  await runs.kubectl('wait', 'rr', labels, '--for=delete', '--timeout=150s');
  await runs.benchmark('short-lived', { suiteRefs: [{ name: 'quick' }], jobTemplate: { ttlSecondsAfterFinished: 1 } });
  await runs.run('short-lived', 'short-lived');
  await runs.finished('short-lived');
  await runs.kubectl('wait', 'rj', `--selector=${LABEL.run}=short-lived`, '--for=delete', '--timeout=60s');
  await runs.close();
}

function isRunning(job: RuneJob): boolean {
  return condition(job, 'Started')?.status === 'True';
}
