import { describe, expect, it } from 'vitest';
import type { RuneBackend } from '../../crds/types.ts';
import { isFailure, planBackend } from './plan.ts';
import type { ProbeResult } from './probe.ts';

const NOW = '2026-02-03T04:05:06.000Z';
const base = { maxConcurrentJobs: 1, requestTimeoutSeconds: 120, probeIntervalSeconds: 60 };
const openai = { openai: { baseURL: 'https://models.example.com/v1/' } };
const ollama = { ollama: { url: 'http://ollama:11434' } };
const backend = (spec: Partial<RuneBackend['spec']>, more: Partial<RuneBackend> = {}): RuneBackend => ({
  apiVersion: 'bench.rune.ai/v1alpha1',
  kind: 'RuneBackend',
  metadata: { name: 'b', namespace: 'n', uid: 'u', generation: 2 },
  spec: { ...base, ...spec },
  ...more,
});
const listed = (...models: string[]): ProbeResult => ({ kind: 'listed', models });

/** Type, status and reason of each condition. */
function said(object: RuneBackend, result: ProbeResult): string[] {
  const { status } = planBackend(object, result, isFailure(result) ? 1 : 0, NOW);
  return (status?.conditions ?? []).map((each) => `${each.type}=${each.status} ${each.reason}: ${each.message}`);
}

describe('planBackend', () => {
  it.each<[string, RuneBackend, ProbeResult, string, string]>([
    [
      'all models served',
      backend({ ...openai, models: [{ name: 'm' }] }),
      listed('x', 'm'),
      'Ready=True Reachable: The list of models was read.',
      'ModelsPresent=True Found: Each of spec.models is served.',
    ],
    [
      'models missing',
      backend({ ...openai, models: [{ name: 'm' }, { name: 'n' }, { name: 'x' }] }),
      listed('x'),
      'Ready=True Reachable: The list of models was read.',
      'ModelsPresent=False ModelsMissing: Not served: m, n. Load them on the backend, or correct spec.models.',
    ],
    [
      'an Ollama model without a tag',
      backend({ ...ollama, models: [{ name: 'llama' }] }),
      listed('llama:latest'),
      'Ready=True Reachable: The list of models was read.',
      'ModelsPresent=True Found: Each of spec.models is served.',
    ],
    [
      'a tag is part of an OpenAI name',
      backend({ ...openai, models: [{ name: 'llama' }] }),
      listed('llama:latest'),
      'Ready=True Reachable: The list of models was read.',
      'ModelsPresent=False ModelsMissing: Not served: llama. Load them on the backend, or correct spec.models.',
    ],
    [
      'a key is needed',
      backend(openai),
      { kind: 'keyNeeded', status: 401 },
      'Ready=True Reachable: It answers 401 without the key, which only runners hold.',
      'ModelsPresent=Unknown KeyNeeded: The list of models is shown only to holders of the key.',
    ],
    [
      'a missing version',
      backend(openai),
      { kind: 'badStatus', status: 404 },
      'Ready=False BadStatus: GET https://models.example.com/v1/models answered 404: check that spec.openai.baseURL ends with the version, such as /v1.',
      'ModelsPresent=Unknown NotReachable: The list of models could not be read.',
    ],
    [
      'a redirect',
      backend(ollama),
      { kind: 'badStatus', status: 302 },
      'Ready=False BadStatus: GET http://ollama:11434/api/tags answered 302: redirects are not followed; set spec.ollama.url to where it leads.',
      'ModelsPresent=Unknown NotReachable: The list of models could not be read.',
    ],
    [
      'a broken server',
      backend(ollama),
      { kind: 'badStatus', status: 500 },
      "Ready=False BadStatus: GET http://ollama:11434/api/tags answered 500: the server has trouble of its own; look at the server's log.",
      'ModelsPresent=Unknown NotReachable: The list of models could not be read.',
    ],
    [
      'no list',
      backend(ollama),
      { kind: 'badResponse', why: 'no list of models' },
      'Ready=False BadResponse: GET http://ollama:11434/api/tags answered with no list of models: check spec.ollama.url.',
      'ModelsPresent=Unknown NotReachable: The list of models could not be read.',
    ],
    [
      'a hang',
      backend(ollama),
      { kind: 'timedOut', seconds: 5 },
      'Ready=False TimedOut: GET http://ollama:11434/api/tags got no answer within 5 s: check that the server runs and that NetworkPolicies let the operator reach it.',
      'ModelsPresent=Unknown NotReachable: The list of models could not be read.',
    ],
    [
      'nothing there',
      backend(ollama),
      { kind: 'unreachable', code: 'ECONNREFUSED' },
      'Ready=False Unreachable: GET http://ollama:11434/api/tags failed (ECONNREFUSED): nothing listens there; check the port in spec.ollama.url and that the server runs.',
      'ModelsPresent=Unknown NotReachable: The list of models could not be read.',
    ],
    [
      'an unknown host',
      backend(ollama),
      { kind: 'unreachable', code: 'ENOTFOUND' },
      'Ready=False Unreachable: GET http://ollama:11434/api/tags failed (ENOTFOUND): the host has no address; check the name in spec.ollama.url.',
      'ModelsPresent=Unknown NotReachable: The list of models could not be read.',
    ],
    [
      'a certificate of its own',
      backend(openai),
      { kind: 'unreachable', code: 'DEPTH_ZERO_SELF_SIGNED_CERT' },
      "Ready=False Unreachable: GET https://models.example.com/v1/models failed (DEPTH_ZERO_SELF_SIGNED_CERT): the server's certificate is not trusted; check it and the scheme.",
      'ModelsPresent=Unknown NotReachable: The list of models could not be read.',
    ],
  ])('says of %s what is the matter and what to check', (_, object, result, ready, models) => {
    expect(said(object, result)).toEqual([ready, models]);
  });

  it('writes the generation, where the backend is and what it serves, in a fixed order and bounded', () => {
    const many = Array.from({ length: 300 }, (_, i) => `m${String(i).padStart(3, '0')}`).reverse();
    const { status } = planBackend(backend(openai), listed(...many, 'm000', 'x'.repeat(129)), 0, NOW);
    expect(status).toMatchObject({ observedGeneration: 2, url: 'https://models.example.com/v1', lastProbeTime: NOW });
    expect(status?.models).toEqual(many.slice(100).reverse());
  });

  it('writes nothing when nothing changed, and all again when something did', () => {
    const first = planBackend(backend(openai), listed('a', 'b'), 0, 'before');
    const known = backend(openai, first.status && { status: first.status });
    expect(planBackend(known, listed('b', 'a'), 0, NOW)).toEqual({ events: [], requeueAfterMilliseconds: 60_000 });
    const changed = planBackend(known, listed('b'), 0, NOW);
    expect(changed.status).toMatchObject({ lastProbeTime: NOW, models: ['b'] });
    expect(changed.events).toEqual([]);
  });

  it('tells of news once', () => {
    const object = backend({ ...ollama, models: [{ name: 'm' }] });
    const refused: ProbeResult = { kind: 'unreachable', code: 'ECONNREFUSED' };
    const first = planBackend(object, refused, 1, 'before');
    expect(first.events).toMatchObject([{ type: 'Warning', reason: 'Unreachable' }]);
    const down = backend(object.spec, first.status && { status: first.status });
    const second = planBackend(down, listed('x'), 0, NOW);
    expect(second.events).toMatchObject([
      { type: 'Normal', reason: 'Reachable' },
      { type: 'Warning', reason: 'ModelsMissing' },
    ]);
    const up = backend(object.spec, second.status && { status: second.status });
    expect(planBackend(up, listed('x'), 0, NOW).events).toEqual([]);
  });

  it.each([
    [60, [60, 2, 4, 8, 16, 32, 60, 60]],
    [3, [3, 2, 3, 3, 3, 3, 3, 3]],
    [1, [1, 1, 1, 1, 1, 1, 1, 1]],
  ])('with an interval of %i s comes again after failures sooner', (probeIntervalSeconds, seconds) => {
    const object = backend({ ...ollama, probeIntervalSeconds });
    const pauses = seconds.map(
      (_, failures) => planBackend(object, listed(), failures, NOW).requeueAfterMilliseconds / 1000,
    );
    expect(pauses).toEqual(seconds);
  });
});
