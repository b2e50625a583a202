import type { FrozenQuestion } from '../../crds/frozen-run.ts';
import { countsByQuestion, total } from '../../crds/statistics/counts.ts';
import { passRate } from '../../crds/statistics/pass-rate.ts';
import type { RuneRun } from '../../crds/types.ts';
import type { CellStatus } from './cell-status.ts';

type TagStatus = NonNullable<NonNullable<RuneRun['status']>['tags']>[number];

/** The schema's bound. */
const MOST_TAGS = 128;

/** What was found, by tag and cell: tags in the order of their names. Pure. */
export function tagStatus(
  questions: readonly FrozenQuestion[],
  cells: readonly CellStatus[],
  trials: number,
): TagStatus[] {
  const tags = [...new Set(questions.flatMap((question) => question.tags ?? []))].toSorted();
  const counts = cells.map(({ cases }) => countsByQuestion(cases, trials));
  const found = tags.flatMap((tag) =>
    counts.flatMap((ofCell, cell): TagStatus[] => {
      const tagged = ofCell.filter((_, place) => questions[place]?.tags?.includes(tag));
      const rate = passRate(tagged);
      if (rate === undefined) return [];
      const { n, passed } = total(tagged);
      const interval = { lowPermille: Math.floor(rate.low * 1000), highPermille: Math.ceil(rate.high * 1000) };
      return [{ tag, cell, measured: n, passed, ...interval }];
    }),
  );
  return found.slice(0, MOST_TAGS);
}
