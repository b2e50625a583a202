import { describe, expect, it } from 'vitest';
import { type Column, table } from './table.ts';

type Row = { name: string; answer: string; tokens: number };

const columns: Column<Row>[] = [
  { title: 'NAME', text: ({ name }) => name },
  { title: 'ANSWER', text: ({ answer }) => answer, share: 1 },
  { title: 'TOKENS', text: ({ tokens }) => String(tokens), align: 'right' },
];

describe('table', () => {
  it('makes columns as wide as their contents', () => {
    expect(table(columns, [{ name: 'capital', answer: 'Paris', tokens: 8 }], 80)).toEqual([
      'NAME     ANSWER  TOKENS',
      'capital  Paris        8',
    ]);
  });

  it('cuts what shares the width, and nothing else', () => {
    const lines = table(columns, [{ name: 'capital', answer: 'The capital of France is Paris.', tokens: 12 }], 30);
    expect(lines).toEqual(['NAME     ANSWER         TOKENS', 'capital  The capital …      12']);
    expect(Math.max(...lines.map((line) => line.length))).toBe(30);
  });

  it('shows what a model wrote on one line, without control characters', () => {
    const [, line] = table(columns, [{ name: 'a', answer: 'one\n\n\u001b[31mtwo\u0007', tokens: 1 }], 80);
    expect(line).toBe('a     one [31mtwo       1');
  });

  it('styles cells without changing their width', () => {
    const styled = [{ title: 'NAME', text: ({ name }: Row) => name, style: (text: string) => `<${text}>` }];
    expect(table(styled, [{ name: 'a', answer: '', tokens: 0 }], 80)).toEqual(['NAME', '<a   >']);
  });
});
