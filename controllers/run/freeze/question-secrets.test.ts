import { describe, expect, it } from 'vitest';
import { NotFrozenError } from './not-frozen.ts';
import { packQuestions } from './question-secrets.ts';
import { resolveQuestion, Sources } from './resolve-question.ts';
import { question, run } from './testing/objects.ts';

const KIB = 1024;
const none = new Sources(() => undefined);

describe('packQuestions', () => {
  it('puts questions into as few Secrets as hold them, in their order', () => {
    const { secrets, questions } = packed(['a', 10], ['b', 500], ['c', 380], ['d', 880], ['e', 10]);
    expect(secrets.map(({ data }) => Object.keys(data))).toEqual([
      ['a.json', 'b.json', 'c.json'],
      ['d.json', 'e.json'],
    ]);
    expect(questions.map(({ id, secret }) => [id, secret])).toEqual([
      ['a', 0],
      ['b', 0],
      ['c', 0],
      ['d', 1],
      ['e', 1],
    ]);
    for (const { data } of secrets) expect(Buffer.byteLength(Object.values(data).join(''))).toBeLessThan(900 * KIB);
  });

  it('names them after the run and their content, within what a name may be', () => {
    const [one, two] = [packed(['a', 880], ['b', 880]), packed(['a', 880], ['b', 879])];
    for (const { name } of one.secrets) expect(name).toMatch(/^nightly-1-[0-9a-f]{12}$/);
    expect(one.secrets[0]?.name).toBe(two.secrets[0]?.name);
    expect(one.secrets[1]?.name).not.toBe(two.secrets[1]?.name);
  });

  it('names them anew for a run that was deleted and made again', () => {
    const again = { ...run(), metadata: { ...run().metadata, uid: 'another' } };
    const names = [run(), again].map((one) => packQuestions(one, resolved(['a', 1])).secrets[0]?.name);
    expect(names[0]).not.toBe(names[1]);
  });

  it('refuses a question that no Secret holds', () => {
    expect(() => packed(['a', 1], ['large', 901])).toThrow('Question "large" is longer than 900 KiB');
  });

  it('refuses more than the operator can hold in memory', () => {
    const sizes = Array.from({ length: 41 }, (_, index) => [`q${index}`, 820] as const);
    expect(() => packed(...sizes)).toThrow(NotFrozenError);
    expect(() => packed(...sizes)).toThrow('at most 32 MiB in all');
    expect(packed(...sizes.slice(0, 39)).secrets).toHaveLength(39);
  });
});

function packed(...sizes: (readonly [id: string, kib: number])[]) {
  return packQuestions(run(), resolved(...sizes));
}

function resolved(...sizes: (readonly [id: string, kib: number])[]) {
  return sizes.map(([id, kib]) => {
    const asked = question(id, { context: 'x'.repeat(kib * KIB) });
    return { asked, question: resolveQuestion(asked, none) };
  });
}
