import { RUNE_BENCHMARKS, RUNE_JOBS, RUNE_RUNS, RUNE_SUITES } from '../../../controllers/kube/resource.ts';
import { findCondition, isTrue } from '../../../crds/conditions.ts';
import { CONDITION, LABEL } from '../../../crds/names.ts';
import type {
  RuneBenchmarkManifest,
  RuneJob,
  RuneRun,
  RuneRunManifest,
  RuneSuiteManifest,
} from '../../../crds/types.ts';
import { Scene } from '../scene.ts';

export type Questions = RuneSuiteManifest['spec']['questions'];
export type BenchmarkSpec = RuneBenchmarkManifest['spec'];
export type RunStatus = NonNullable<RuneRun['status']>;

/** A scene in which suites, benchmarks and runs are made. */
export class RunScene {
  readonly scene: Scene;

  private constructor(scene: Scene) {
    this.scene = scene;
  }

  static async open(topic: string): Promise<RunScene> {
    return new RunScene(await Scene.open(topic));
  }

  async close(): Promise<void> {
    await this.scene.close();
  }

  async suite(name: string, questions: Questions): Promise<void> {
    await this.scene.create(RUNE_SUITES, { metadata: { name }, spec: { questions } });
  }

  /** Makes a benchmark that runs only by hand, unless `spec` says otherwise. What is left out is the scene's. */
  async benchmark(name: string, spec: Partial<BenchmarkSpec>): Promise<void> {
    const whole: BenchmarkSpec = {
      agents: [{ name: 'direct', agentRef: { name: this.scene.namespace } }],
      models: [{ name: 'echo', backendRef: { name: 'scripted' } }],
      runOnChange: false,
      ...spec,
    };
    await this.scene.create(RUNE_BENCHMARKS, { metadata: { name }, spec: whole });
  }

  async run(name: string, benchmark: string, more: Partial<RuneRunManifest['spec']> = {}): Promise<void> {
    const spec: RuneRunManifest['spec'] = { benchmarkRef: { name: benchmark }, ...more };
    await this.scene.create(RUNE_RUNS, { metadata: { name }, spec });
  }

  async until(name: string, isReached: (run: RuneRun) => boolean, limitSeconds = 60): Promise<RuneRun> {
    const isIt = (run: RuneRun | undefined) => run !== undefined && isReached(run);
    const run = await this.scene.client.until(RUNE_RUNS, name, this.scene.namespace, isIt, limitSeconds);
    if (run === undefined) throw new Error(`RuneRun ${name} is not there`);
    return run;
  }

  /** The status of a run that has finished. Goes on over restarts of the API server. */
  async finished(name: string, limitSeconds = 150): Promise<RunStatus> {
    const run = await this.until(name, (one) => isTrue(one.status?.conditions, CONDITION.finished), limitSeconds);
    return run.status ?? {};
  }

  async jobs(run: string): Promise<RuneJob[]> {
    const labelSelector = `${LABEL.run}=${run}`;
    return await this.scene.client.kube.list(RUNE_JOBS, { namespace: this.scene.namespace, labelSelector });
  }

  async kubectl(...args: string[]): Promise<string> {
    return await this.scene.kubectl.run([...args, '--namespace', this.scene.namespace]);
  }
}

/** `True Complete`, or `undefined` where the condition is not there. */
export function verdict(status: RunStatus, type: string): string | undefined {
  const condition = findCondition(status.conditions, type);
  return condition && `${condition.status} ${condition.reason}`;
}
