/** A column of a table on a terminal. */
export interface Column<T> {
  readonly title: string;
  readonly text: (row: T) => string;
  readonly align?: 'right';
  /** Gives way where the table is too wide: its share of what is left over. */
  readonly share?: number;
  /** Changes how the padded text looks, not how wide it is. */
  readonly style?: (padded: string, row: T) => string;
}

const gap = '  ';

/** Lays rows out in columns that together are at most `width` characters wide, as far as fixed columns allow. */
export function table<T>(columns: readonly Column<T>[], rows: readonly T[], width: number): string[] {
  const texts = rows.map((row) => columns.map((column) => oneLine(column.text(row))));
  const widths = columnWidths(columns, texts, width);
  const line = (cells: readonly string[], row?: T) =>
    columns
      .map((column, index) => {
        const padded = padOrCut(cells[index] ?? '', widths[index] ?? 0, column.align);
        return row === undefined || column.style === undefined ? padded : column.style(padded, row);
      })
      .join(gap)
      .trimEnd();
  const titles = columns.map((column) => column.title);
  return [line(titles), ...rows.map((row, index) => line(texts[index] ?? [], row))];
}

function columnWidths<T>(columns: readonly Column<T>[], texts: readonly string[][], width: number): number[] {
  const natural = columns.map(({ title }, index) =>
    Math.max(title.length, ...texts.map((cells) => [...(cells[index] ?? '')].length)),
  );
  const fixed = columns.reduce((sum, { share }, index) => sum + (share === undefined ? (natural[index] ?? 0) : 0), 0);
  const left = Math.max(0, width - fixed - gap.length * (columns.length - 1));
  const shares = columns.reduce((sum, { share }) => sum + (share ?? 0), 0);
  return columns.map(({ share }, index) => {
    const wanted = natural[index] ?? 0;
    return share === undefined ? wanted : Math.min(wanted, Math.max(8, Math.floor((left * share) / shares)));
  });
}

function padOrCut(text: string, width: number, align: 'right' | undefined): string {
  const characters = [...text];
  const cut = characters.length > width ? `${characters.slice(0, width - 1).join('')}…` : text;
  return align === 'right' ? cut.padStart(width) : cut.padEnd(width);
}

/** A terminal must not obey what a model wrote. */
function oneLine(text: string): string {
  return text
    .replaceAll(/\p{C}|\s/gu, ' ')
    .replaceAll(/ +/g, ' ')
    .trim();
}
