import { MEASURED } from '../../crds/names.ts';
import type { Report } from '../../crds/report.ts';
import type { JSONObject } from '../../runners/meter/reading.ts';

/** An event in a line for a terminal, its control characters aside; undefined for the result, which is shown whole at the end. */
export function eventLine({ v: _v, seq: _seq, t: _t, type, ...fields }: JSONObject): string | undefined {
  if (type === 'result') return undefined;
  const shown = Object.entries(fields).filter(([, value]) => value !== undefined && value !== '');
  return harmless(`${String(type).padEnd(8)} ${shown.map(([name, value]) => `${name}=${text(value)}`).join(' ')}`);
}

/** What came of the question: the answer, then a field a line. */
export function resultText(report: Report, answer: string | undefined): string {
  const { usage, timings, costMicroUSD, scorePermille, scores, artifacts = [], findings } = report;
  const fields: [string, string | undefined][] = [
    ['outcome', `${report.outcome} (${report.reason})`],
    ['message', report.message || undefined],
    [
      'score',
      scorePermille === undefined ? undefined : `${scorePermille} of 1000${scores ? `, entries ${scores}` : ''}`,
    ],
    ['findings', findings && JSON.stringify(findings)],
    ['artifacts', artifacts.length > 0 ? artifacts.map(({ name }) => name).join(', ') : undefined],
    ['tokens', `${usage.inputTokens ?? 0} in, ${usage.outputTokens ?? 0} out, in ${usage.modelCalls ?? 0} model calls`],
    ['cost', costMicroUSD === undefined ? 'not known' : `${(costMicroUSD / 1e6).toFixed(6)} US dollars`],
    ['time', timings.agentMilliseconds === undefined ? undefined : `${timings.agentMilliseconds} ms`],
  ];
  const lines = fields.flatMap(([name, value]) =>
    value === undefined ? [] : [`${name.padEnd(10)}${harmless(value)}`],
  );
  return [...(answer ? [harmless(answer), ''] : []), ...lines].join('\n');
}

/** 0 where the agent did what was asked, 1 where it did not or could not be measured. */
export function exitCode({ outcome }: Report): 0 | 1 {
  return MEASURED.has(outcome) && ['Passed', 'Answered'].includes(outcome) ? 0 : 1;
}

function text(value: unknown): string {
  return typeof value === 'string' && !/[\s"=]/.test(value) ? value : JSON.stringify(value);
}

/** A terminal must not obey what an agent wrote. */
function harmless(shown: string): string {
  return shown.replaceAll(/[^\P{C}\n]/gu, ' ');
}
