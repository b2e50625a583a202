import { run } from '../cluster/command.ts';
import { kubectlPath } from '../cluster/kube-binary.ts';

/** The kubectl that fits the cluster, bound to one kubeconfig. */
export class Kubectl {
  readonly path: string;
  readonly kubeconfig: string;

  constructor(path: string, kubeconfig: string) {
    this.path = path;
    this.kubeconfig = kubeconfig;
  }

  static async for(kubeconfig: string): Promise<Kubectl> {
    return new Kubectl(await kubectlPath(), kubeconfig);
  }

  /** @returns standard output @throws CommandError with what kubectl said */
  async run(args: readonly string[], input?: string): Promise<string> {
    const withInput = input === undefined ? {} : { input };
    return await run(this.path, ['--kubeconfig', this.kubeconfig, ...args], withInput);
  }

  async json<T>(args: readonly string[]): Promise<T> {
    return JSON.parse(await this.run([...args, '-o', 'json'])) as T;
  }

  /** Server-side apply of YAML or JSON documents; safe to repeat. */
  async apply(documents: string, namespace?: string): Promise<string> {
    const where = namespace === undefined ? [] : ['--namespace', namespace];
    const how = ['--server-side', '--force-conflicts', '--field-manager=rune-hack', '--filename=-'];
    return await this.run(['apply', ...where, ...how], documents);
  }

  /** Waits until a Deployment runs what it says; the error tells how far it came. */
  async rollout(namespace: string, deployment: string, limitSeconds: number): Promise<void> {
    const limit = `--timeout=${limitSeconds}s`;
    await this.run(['rollout', 'status', `deployment/${deployment}`, '--namespace', namespace, limit]);
  }
}
