const maxLineLength = 500;

/** The lines of a text that hold `wanted` in any case, each with its number. */
export function searchLines(text: string, wanted: string, maxLines: number): string {
  const needle = wanted.toLowerCase();
  const found = numbered(text).filter(({ line }) => line.toLowerCase().includes(needle));
  if (found.length === 0) return `No line holds "${wanted}".`;
  const more = found.length > maxLines ? [`(${found.length - maxLines} more lines hold it)`] : [];
  return [...found.slice(0, maxLines).map(show), ...more].join('\n');
}

/** `count` lines of a text from the line number `first` on, counted from 1, each with its number. */
export function readLines(text: string, first: number, count: number): string {
  const lines = numbered(text);
  const shown = lines.slice(first - 1, first - 1 + count);
  if (shown.length === 0) return `There is no line ${first}: the context has ${lines.length}.`;
  return [...shown.map(show), `(of ${lines.length} lines)`].join('\n');
}

interface Numbered {
  readonly number: number;
  readonly line: string;
}

function numbered(text: string): Numbered[] {
  return text.split(/\r?\n/).map((line, index) => ({ number: index + 1, line }));
}

function show({ number, line }: Numbered): string {
  return `${number}: ${line.length > maxLineLength ? `${line.slice(0, maxLineLength)}...` : line}`;
}
