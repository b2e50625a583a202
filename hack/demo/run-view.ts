import { styleText } from 'node:util';
import { findCondition, isTrue } from '../../crds/conditions.ts';
import { CONDITION } from '../../crds/names.ts';
import type { RuneRun } from '../../crds/types.ts';

export type Cell = NonNullable<NonNullable<RuneRun['status']>['cells']>[number];

export function isFinishedRun(run: RuneRun): boolean {
  return isTrue(run.status?.conditions, CONDITION.finished);
}

/** Where a run stands: a line for itself, and one for each cell with a character for each case, trials side by side. */
export function runLines(run: RuneRun): string[] {
  const { status = {} } = run;
  const cells = status.cells ?? [];
  const width = Math.max(0, ...cells.map((cell) => nameOf(cell).length));
  const rows = cells.map((cell) => {
    const cases = byQuestion(cell.cases, status.pinned?.trials ?? 1).map(coloured);
    return `  ${nameOf(cell).padEnd(width)}  ${cases.join(' ')}  ${passedOf(cell)}`;
  });
  return [`${isFinishedRun(run) ? '✓' : '·'} ${headline(run)}`, ...rows];
}

/** The same in one line, for where lines cannot change. */
export function runLine(run: RuneRun): string {
  const cells = (run.status?.cells ?? []).map((cell) => `${nameOf(cell)} ${passedOf(cell)}`);
  return [headline(run), ...cells].join(', ');
}

/** What a finished run's conditions say of it, such as `Regressed=True, PassRateFell: The pass rate ...` */
export function verdicts(run: RuneRun): string[] {
  return [CONDITION.finished, CONDITION.criteriaMet, CONDITION.regressed].flatMap((type) => {
    const condition = findCondition(run.status?.conditions, type);
    return condition ? [`${type}=${condition.status}, ${condition.reason}: ${condition.message}`] : [];
  });
}

function headline({ metadata, status = {} }: RuneRun): string {
  const { done, cost, state } = status.summary ?? {};
  const shown = [metadata.name, done, state ?? 'created', cost].filter((part) => part !== undefined);
  return shown.join('  ');
}

function nameOf({ agent, model }: Cell): string {
  return `${agent} / ${model}`;
}

function passedOf({ passed, measured }: Cell): string {
  return `${passed} of ${measured} passed`;
}

function byQuestion(cases: string, trials: number): string[] {
  return Array.from({ length: Math.ceil(cases.length / trials) }, (_, question) =>
    cases.slice(question * trials, (question + 1) * trials),
  );
}

function coloured(cases: string): string {
  return cases.replaceAll(/[^.]+?/g, (one) => styleText(colourOf(one), one));
}

function colourOf(one: string): 'green' | 'red' | 'yellow' {
  if ('PA'.includes(one)) return 'green';
  return 'FET'.includes(one) ? 'red' : 'yellow';
}
