import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Scene } from '../scene.ts';
import { scriptedURL } from '../scripted-server.ts';

const prices = {
  inputPerMillionTokensUSD: '0.15',
  outputPerMillionTokensUSD: '0.60',
  cachedInputPerMillionTokensUSD: '0.05',
};
const tokens = '<<tokens: in=1200 out=340 cached=200 reasoning=50>>';
/** The server waits so long before it sends anything. */
const delayMilliseconds = 300;

/** 1000 x 0.15 + 200 x 0.05 + 340 x 0.60; Ollama's wire does not tell which input was cached: 1200 x 0.15 + 340 x 0.60. */
const wires = [
  { wire: 'openai', stream: true, cost: 364, cached: 200, reasoning: 50 },
  { wire: 'openai', stream: false, cost: 364, cached: 200, reasoning: 50 },
  { wire: 'ollama', stream: true, cost: 384, cached: 0, reasoning: 0 },
  { wire: 'ollama', stream: false, cost: 384, cached: 0, reasoning: 0 },
];
const jobOf = ({ wire, stream }: { wire: string; stream: boolean }) => `${wire}-${stream ? 'streamed' : 'whole'}`;

let scene: Scene;

beforeAll(async () => {
  scene = await Scene.open('result');
  await Promise.all([
    scene.backend('openai', { openai: { baseURL: `${scriptedURL}/v1` }, prices, maxConcurrentJobs: 4 }),
    scene.backend('ollama', { ollama: { url: scriptedURL }, prices, maxConcurrentJobs: 4 }),
  ]);
  const prompt = `Where? <<answer: It is Paris, in France.>> <<delay: ${delayMilliseconds}ms>> ${tokens}`;
  const expected = [{ contains: { all: ['Paris'] } }];
  for (const one of wires) {
    const options = { stream: one.stream, temperature: 0 };
    await scene.job(jobOf(one), { backend: one.wire, options, prompt, expect: expected });
  }
});

afterAll(async () => scene.close());

describe.each(wires)('over the $wire wire, streamed: $stream', (one) => {
  test('outcome, score and answer are right', async () => {
    const { status } = await scene.finished(jobOf(one));
    const answer = 'It is Paris, in France.';
    expect(status).toMatchObject({
      outcome: 'Passed',
      scorePermille: 1000,
      scores: [{ scorer: 'contains', passed: true }],
      answer: { excerpt: answer, bytes: answer.length, sha256: sha256(answer) },
      attempt: 1,
      attempts: [{ number: 1, outcome: 'Passed', podName: `${jobOf(one)}-1` }],
      provenance: { servedModel: 'echo', agentGeneration: 1, backendGeneration: 1 },
    });
  });

  test('tokens and cost are those that the model server counted', async () => {
    const { status } = await scene.finished(jobOf(one));
    const { requests, totals } = await scene.served(jobOf(one));
    expect(requests).toMatchObject([{ wire: one.wire, streamed: one.stream, status: 200, ending: 'complete' }]);
    const { inputTokens, outputTokens, cachedTokens, reasoningTokens } = totals;
    expect(status.usage).toEqual({
      inputTokens,
      outputTokens,
      cachedTokens,
      reasoningTokens,
      modelCalls: 1,
      toolCalls: 0,
      estimated: false,
    });
    expect(totals).toMatchObject({
      inputTokens: 1200,
      outputTokens: 340,
      cachedTokens: one.cached,
      reasoningTokens: one.reasoning,
    });
    expect(status.costMicroUSD).toBe(one.cost);
  });

  test('timings are those of what happened', async () => {
    const { status, metadata } = await scene.finished(jobOf(one));
    const { queuedMilliseconds, startingMilliseconds, ...inRunner } = status.timings ?? {};
    const { agentStartMilliseconds = 0, firstTokenMilliseconds, agentMilliseconds = 0, scoringMilliseconds } = inRunner;
    expect(agentMilliseconds).toBeGreaterThanOrEqual(delayMilliseconds);
    if (one.stream) {
      expect(firstTokenMilliseconds).toBeGreaterThanOrEqual(delayMilliseconds);
      expect(firstTokenMilliseconds).toBeLessThanOrEqual(agentMilliseconds);
    } else {
      expect(firstTokenMilliseconds).toBeUndefined();
    }
    const phases = [
      queuedMilliseconds,
      startingMilliseconds,
      agentStartMilliseconds,
      agentMilliseconds,
      scoringMilliseconds,
    ];
    const sum = phases.reduce<number>((total, phase) => total + (phase ?? Number.NaN), 0);
    // The creation is told in whole seconds, cut off.
    const wall = Date.parse(status.completionTime ?? '') - Date.parse(metadata.creationTimestamp ?? '') + 1;
    expect(sum).toBeLessThanOrEqual(wall);
    expect(Math.min(...phases.map((phase) => phase ?? -1))).toBeGreaterThanOrEqual(0);
  });

  test('the event lines of its Pod are those that the status tells of, without what was expected', async () => {
    const { status } = await scene.finished(jobOf(one));
    const log = await scene.kubectl.run(['logs', `${jobOf(one)}-1`, '--namespace', scene.namespace]);
    const lines = log.trimEnd().split('\n');
    expect(status.events).toEqual({ count: lines.length, dropped: 0, sha256: sha256(log) });
    expect(lines.map((line) => JSON.parse(line) as object)).toEqual(
      lines.map((_, seq) => expect.objectContaining({ v: 1, seq })),
    );
  });
});

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
