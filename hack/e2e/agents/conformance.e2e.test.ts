import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { PODS, RUNE_AGENTS } from '../../../controllers/kube/resource.ts';
import type { Pod } from '../../../crds/raw.ts';
import type { CheckResult } from '../../../runners/conformance/check.ts';
import { Scene } from '../scene.ts';

/** The agents of runners/images, and what they are asked with. */
const agents: { agent: string; options: (namespace: string) => object; hasModel: boolean }[] = [
  { agent: 'langgraph', options: () => ({}), hasModel: true },
  { agent: 'holmesgpt', options: () => ({}), hasModel: true },
  // It takes no question in words, which the kit looks for in what the model is asked. The scene has a Pod that cannot run.
  { agent: 'k8sgpt', options: (namespace) => ({ namespace, filters: ['Pod'], explain: false }), hasModel: false },
];
const account = 'looks';
const agentUid = 65_533;
const limitSeconds = 600;

let scene: Scene;

beforeAll(async () => {
  scene = await Scene.open('conforms');
  await scene.viewer(account);
  await scene.create(PODS, restrictedPod('broken', [{ name: 'main', image: 'localhost/no-such-image:1' }]));
});

afterAll(async () => scene.close());

test.each(agents)('the driver of $agent keeps to the protocol', { timeout: limitSeconds * 1000 }, async (one) => {
  const container = (await scene.client.kube.get(RUNE_AGENTS, one.agent, undefined))?.spec.container;
  const agent = { name: 'agent', restartPolicy: 'Always', image: container?.image, resources: container?.resources };
  const script = kitScript(one.options(scene.namespace), one.hasModel);
  const kit = {
    name: 'kit',
    image: inject('e2e').productImage,
    command: ['node', '--input-type=module', '--eval', script],
    // Where both can write: it makes the folders of the artifacts there.
    env: [{ name: 'TMPDIR', value: '/artifacts' }],
  };
  await scene.create(PODS, restrictedPod(one.agent, [kit], [agent]));
  const hasEnded = (pod: Pod | undefined) => pod?.status?.containerStatuses?.[0]?.state?.terminated !== undefined;
  await scene.client.until(PODS, one.agent, scene.namespace, hasEnded, limitSeconds);
  const log = await scene.kubectl.run(['logs', one.agent, '-n', scene.namespace, '-c', kit.name]);
  const lines = log.split('\n').filter((line) => line.startsWith('{'));
  const results = lines.map((line) => JSON.parse(line) as CheckResult);
  expect(results.length, log).toBeGreaterThanOrEqual(8);
  expect(results.filter(({ status }) => status === 'failed')).toEqual([]);
});

/** Tries the agent that serves in the same Pod, and prints a line for each check. */
function kitScript(options: object, hasModel: boolean): string {
  const subject = { question: 'What is wrong here?', options, hasModel, timeoutSeconds: 60, environment: {} };
  const target = { type: 'url', url: 'http://127.0.0.1:7411' };
  return `
    import { testDriver } from '/app/runners/conformance/test-driver.ts';
    await testDriver(${JSON.stringify(target)}, ${JSON.stringify(subject)}, (result) => console.log(JSON.stringify(result)));
    process.exit(0);`;
}

function restrictedPod(name: string, containers: object[], initContainers: object[] = []) {
  const folders = { artifacts: '/artifacts', home: '/home/agent', tmp: '/tmp' };
  const securityContext = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } };
  const volumeMounts = Object.entries(folders).map(([volume, mountPath]) => ({ name: volume, mountPath }));
  const complete = (container: object) => ({ ...container, securityContext, volumeMounts });
  return {
    metadata: { name },
    spec: {
      serviceAccountName: account,
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: 2,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: agentUid,
        runAsGroup: agentUid,
        fsGroup: agentUid,
        seccompProfile: { type: 'RuntimeDefault' },
      },
      containers: containers.map(complete),
      initContainers: initContainers.map(complete),
      volumes: Object.keys(folders).map((volume) => ({ name: volume, emptyDir: {} })),
    },
  };
}
