import { loadavg } from 'node:os';
import { table } from '../../demo/table.ts';

/** A row of a result: its first word says what was measured. */
export type Row = Readonly<Record<string, string>>;

/** Prints a table with the machine's load beside its title. */
export function show(title: string, rows: readonly Row[]): void {
  const titles = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const columns = titles.map((name, index) => ({
    title: name,
    text: (row: Row) => row[name] ?? '',
    ...(index === 0 ? {} : { align: 'right' as const }),
  }));
  const load = loadavg()
    .map((one) => one.toFixed(1))
    .join(' ');
  console.log(`\n${title}; load average ${load}`);
  console.log(table(columns, rows, 160).join('\n'));
}

export function milliseconds(value: number): string {
  return `${value.toFixed(value < 10 ? 1 : 0)} ms`;
}

/** How a figure stands to what it should be at most (or, with `>=`, at least). */
export function verdict(value: number, sign: '<=' | '>=', aim: number, unit = ''): string {
  const isMet = sign === '<=' ? value <= aim : value >= aim;
  return `${isMet ? 'met' : 'MISSED'}: ${sign} ${aim}${unit}`;
}
