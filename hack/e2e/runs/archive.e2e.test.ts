import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PODS, SECRETS } from '../../../controllers/kube/resource.ts';
import { findCondition } from '../../../crds/conditions.ts';
import { CONDITION, LABEL, S3_SECRET } from '../../../crds/names.ts';
import type { RuneRun } from '../../../crds/types.ts';
import { nodeFaults } from '../../cluster/faults.ts';
import { type S3Server, startS3Server } from '../../s3/versitygw.ts';
import { describeOnNode } from '../faults/describe-on-node.ts';
import { RunScene } from './run-scene.ts';

const BUCKET = 'e2e';

let server: S3Server;
let runs: RunScene;

describeOnNode('the archive', () => {
  beforeAll(async () => {
    server = await startS3Server((await nodeFaults()).hostAddress);
    await server.makeBucket(BUCKET);
    runs = await RunScene.open('archive');
    await runs.suite('two', [
      { id: 'one', prompt: 'One? <<answer: yes>>', expect: [{ exact: { value: 'yes' } }] },
      { id: 'two', prompt: 'Two? <<answer: no>>', expect: [{ exact: { value: 'yes' } }] },
    ]);
    await runs.benchmark('two', { suiteRefs: [{ name: 'two' }] });
  });

  afterAll(async () => {
    await runs.close();
    await server.stop();
  });

  const settled = async (name: string): Promise<NonNullable<RuneRun['status']>> => {
    const isSettled = ({ status }: RuneRun) => {
      const archived = findCondition(status?.conditions, CONDITION.archived);
      return archived !== undefined && archived.status !== 'Unknown';
    };
    return (await runs.until(name, isSettled, 120)).status ?? {};
  };

  test('without the Secret it says so, and the outcome stands', async () => {
    await runs.run('none', 'two');
    const { conditions, outcomes } = await settled('none');
    expect(outcomes).toEqual({ Passed: 1, Failed: 1 });
    expect(findCondition(conditions, CONDITION.archived)).toMatchObject({ status: 'False', reason: 'NotConfigured' });
  });

  test('with it every attempt and the results of the run lie in S3', async () => {
    await secret(server.secretAccessKey);
    await runs.run('kept', 'two');
    const status = await settled('kept');
    expect(findCondition(status.conditions, CONDITION.archived)).toMatchObject({ status: 'True', reason: 'Archived' });
    const folder = `${runs.scene.namespace}/kept`;
    expect(status.archive).toMatchObject({ uri: `s3://${BUCKET}/${folder}/`, lines: 2 });
    const lines = (await stored(`${folder}/results.jsonl`))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ question, outcome, result }) => [question, outcome, result.report.outcome])).toEqual([
      ['one', 'Passed', 'Passed'],
      ['two', 'Failed', 'Failed'],
    ]);
    expect(await stored(`${folder}/kept-0/1/answer.md`)).toBe('yes');
    for (const job of await runs.jobs('kept')) {
      expect(findCondition(job.status?.conditions, CONDITION.archived)?.status).toBe('True');
      expect(job.status?.archive?.uri).toBe(`s3://${BUCKET}/${folder}/${job.metadata.name}/1/`);
    }
    // Neither an expected answer nor a credential lies there.
    expect(JSON.stringify(lines)).not.toContain(server.secretAccessKey);
    const pods = await runs.scene.client.kube.list(PODS, {
      namespace: runs.scene.namespace,
      labelSelector: LABEL.runArchive,
    });
    expect(pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined)).toEqual([]);
  });

  test('with a wrong key no outcome is lost, and the condition says what to correct', async () => {
    await runs.kubectl('delete', 'secret', S3_SECRET);
    await secret('wrong');
    await runs.run('refused', 'two');
    const { conditions, outcomes } = await settled('refused');
    expect(outcomes).toEqual({ Passed: 1, Failed: 1 });
    expect(findCondition(conditions, CONDITION.archived)).toMatchObject({ status: 'False', reason: 'AccessDenied' });
    const [job] = await runs.jobs('refused');
    const archived = findCondition(job?.status?.conditions, CONDITION.archived);
    expect(archived).toMatchObject({ status: 'False', reason: 'AccessDenied' });
    expect(archived?.message).toMatch(/correct secretAccessKey of the Secret rune-s3/);
  });
});

async function secret(secretAccessKey: string): Promise<void> {
  const stringData = { endpoint: server.endpoint, bucket: BUCKET, accessKeyId: server.accessKeyId, secretAccessKey };
  await runs.scene.create(SECRETS, { metadata: { name: S3_SECRET }, stringData });
}

async function stored(path: string): Promise<string> {
  return await readFile(join(server.folder, BUCKET, path), 'utf8');
}
