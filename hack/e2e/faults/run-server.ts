import { randomUUID } from 'node:crypto';
import { KubeConfig } from '@kubernetes/client-node';
import type { KubeClient } from '../../../controllers/kube/client.ts';
import { type ApiResource, CONFIG_MAPS, RUNE_BENCHMARKS, RUNE_RUNS } from '../../../controllers/kube/resource.ts';
import { testParts } from '../../../controllers/testing/parts.ts';
import type { RuneBenchmarkManifest, RuneRun, RuneSuiteManifest } from '../../../crds/types.ts';
import { type Admin, connectAdmin } from './admin.ts';
import { apply, installDefinitions, installOperatorAccount, operatorAccount } from './operator-account.ts';

const NAMESPACES: ApiResource = {
  group: '',
  version: 'v1',
  plural: 'namespaces',
  kind: 'Namespace',
  namespaced: false,
};

/** A real API server, on which runs are frozen with the operator's account, its rights and within its policies. */
export class RunServer {
  readonly admin: Admin;
  readonly operator: KubeClient;

  private constructor(admin: Admin, operator: KubeClient) {
    this.admin = admin;
    this.operator = operator;
  }

  static async connect(kubeconfig: string): Promise<RunServer> {
    const admin = connectAdmin(kubeconfig);
    await installDefinitions(admin);
    await installOperatorAccount(admin);
    const { server, ca, token } = await operatorAccount(admin);
    const kubeConfig = new KubeConfig();
    kubeConfig.loadFromOptions({
      clusters: [{ name: 'c', server, caData: Buffer.from(ca).toString('base64') }],
      users: [{ name: 'u', token }],
      contexts: [{ name: 'c', cluster: 'c', user: 'u' }],
      currentContext: 'c',
    });
    return new RunServer(admin, testParts(kubeConfig).client);
  }

  async close(): Promise<void> {
    await this.operator.transport.close();
    await this.admin.stop();
  }

  /** A namespace with a benchmark `nightly` of three questions, whose texts are long enough for two Secrets. */
  async createNamespace(): Promise<string> {
    const { client } = this.admin;
    const namespace = `freeze-${randomUUID().slice(0, 8)}`;
    await client.create(NAMESPACES, { metadata: { name: namespace } });
    const data = { log: 'line\n'.repeat(100_000), pod: 'apiVersion: v1\nkind: Pod\nmetadata: {name: web}\n' };
    await client.create(CONFIG_MAPS, { metadata: { name: 'texts' }, data }, namespace);
    await this.writeSuite(namespace, 'Why?');
    const benchmark: RuneBenchmarkManifest['spec'] = {
      agents: [{ name: 'plain', agentRef: { name: 'direct' } }],
      models: [{ name: 'small', backendRef: { name: 'models' } }],
      suiteRefs: [{ name: 'basics' }],
      assumedUsage: { inputTokens: 1000, outputTokens: 100 },
      runOnChange: false,
    };
    await client.create(RUNE_BENCHMARKS, { metadata: { name: 'nightly' }, spec: benchmark } as never, namespace);
    return namespace;
  }

  /** Writes the suite, or another version of it. */
  async writeSuite(namespace: string, prompt: string): Promise<void> {
    const from = (key: string) => ({ configMapKeyRef: { name: 'texts', key } });
    const questions = [
      { id: 'one', prompt, contextFrom: from('log') },
      { id: 'two', prompt, contextFrom: from('log') },
      { id: 'pod', prompt, fixtures: { manifestsFrom: from('pod') } },
    ] as RuneSuiteManifest['spec']['questions'];
    const object = { apiVersion: 'bench.rune.ai/v1alpha1', kind: 'RuneSuite', metadata: { name: 'basics' } };
    const path = `/apis/bench.rune.ai/v1alpha1/namespaces/${namespace}/runesuites/basics`;
    await apply(this.admin, path, { ...object, spec: { questions } });
  }

  async createRun(namespace: string): Promise<RuneRun> {
    const object = { metadata: { name: 'first' }, spec: { benchmarkRef: { name: 'nightly' } } };
    return await this.admin.client.create(RUNE_RUNS, object as never, namespace);
  }
}
