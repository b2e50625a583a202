import { expect, test } from 'vitest';
import type { FrozenQuestion } from '../../crds/frozen-run.ts';
import { cellStatus } from './cell-status.ts';
import { sampleFrozen } from './simulation/sample.ts';
import { tagStatus } from './tag-status.ts';

const frozen = sampleFrozen({ agents: 2, models: 1, questions: 4, trials: 2 });
const cells = (...all: string[]) =>
  frozen.cells.flatMap((cell, place) => (all[place] === undefined ? [] : [cellStatus(cell, all[place], 2, [])]));
const tagged = (...tags: string[][]): FrozenQuestion[] =>
  frozen.questions.map((question, place) => ({ ...question, tags: tags[place] ?? [] }));

test('each tag has the cases of its questions, by cell', () => {
  const found = tagStatus(tagged(['net'], ['net', 'dns'], ['dns']), cells('PPPFFF..', 'FFPP.RPP'), 2);
  expect(found.map(({ tag, cell, measured, passed }) => [tag, cell, measured, passed])).toEqual([
    ['dns', 0, 4, 1],
    ['dns', 1, 2, 2],
    ['net', 0, 4, 3],
    ['net', 1, 4, 2],
  ]);
  expect(found[0]).toMatchObject({ lowPermille: expect.any(Number), highPermille: expect.any(Number) });
});

test('a tag without a measurement in a cell is left out', () => {
  expect(tagStatus(tagged(['net']), cells('..PPPPPP', 'BBPPPPPP'), 2)).toEqual([]);
});

test('there are at most as many as the schema takes', () => {
  const names = Array.from({ length: 70 }, (_, index) => `t${index}`);
  expect(tagStatus(tagged(names), cells('PPPPPPPP', 'PPPPPPPP'), 2)).toHaveLength(128);
});
