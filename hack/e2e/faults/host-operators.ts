import { inject } from 'vitest';
import { operatorDeployment, operatorNamespace } from '../../install/operator.ts';
import type { Scene } from '../scene.ts';
import { type Admin, connectAdmin } from './admin.ts';
import { operatorAccount } from './operator-account.ts';
import { type OperatorAccount, OperatorProcess } from './operator-process.ts';
import { WriteLog } from './write-log.ts';

type Choice = { flags?: readonly string[]; held?: Promise<void> | undefined };

/** As the suite's own operator, so that tests wait no longer than they must. */
const FLAGS = ['--retry-backoff-seconds=1', '--retry-backoff-max-seconds=20'];

/** Operators as processes of this machine, in the place of the cluster's own, which rests until `stop`. */
export class HostOperators {
  readonly log = new WriteLog();
  readonly #scene: Scene;
  readonly #admin: Admin;
  readonly #account: OperatorAccount;
  readonly #processes: OperatorProcess[] = [];

  private constructor(scene: Scene, admin: Admin, account: OperatorAccount) {
    this.#scene = scene;
    this.#admin = admin;
    this.#account = account;
  }

  static async begin(scene: Scene): Promise<HostOperators> {
    await scaleOperator(scene, 0);
    const admin = connectAdmin(inject('e2e').kubeconfig);
    return new HostOperators(scene, admin, await operatorAccount(admin));
  }

  async start(identity: string, { flags = [], held }: Choice = {}): Promise<OperatorProcess> {
    const operator = await OperatorProcess.start({
      account: this.#account,
      log: this.log,
      identity,
      namespace: operatorNamespace,
      flags: [`--runner-image=${inject('e2e').productImage}`, ...FLAGS, ...flags],
      ...(held && { held }),
    });
    this.#processes.push(operator);
    return operator;
  }

  /** What the last processes logged, for a failure's cause. */
  get logTails(): string {
    return this.#processes
      .slice(-2)
      .map(({ identity, logTail }) => `--- ${identity}\n${logTail.slice(-8000)}`)
      .join('\n');
  }

  /** Ends all processes and gives the cluster its operator back. */
  async stop(): Promise<void> {
    await Promise.all(this.#processes.map((operator) => operator.stop()));
    await this.#admin.stop();
    await scaleOperator(this.#scene, 2);
  }
}

/** Sets how many Pods the cluster's own operator has; resolves when it has them. */
export async function scaleOperator({ kubectl }: Scene, replicas: number): Promise<void> {
  const where = ['--namespace', operatorNamespace];
  await kubectl.run(['scale', `deployment/${operatorDeployment}`, ...where, `--replicas=${replicas}`]);
  await kubectl.rollout(operatorNamespace, operatorDeployment, 120);
  if (replicas > 0) return;
  const pods = ['pods', '--selector=app.kubernetes.io/component=operator'];
  await kubectl.run(['wait', ...pods, ...where, '--for=delete', '--timeout=60s']);
}
