import type { Question } from '../crds/job-file.ts';
import { type Fixtures, parseFixtures } from './fixtures/parse.ts';
import { isObject } from './meter/reading.ts';
import { optional, ShapeError, string } from './shape.ts';

const DEFAULT_PASS_MARK_PERMILLE = 1000;

/** A question as it is asked and scored; `source` is its JSON as it was given, for its hash. */
export type ParsedQuestion = {
  prompt: string;
  /** What the prompt is about. */
  context?: string;
  /** What it is about, in the cluster. */
  fixtures?: Fixtures;
  /** Not checked further: an entry that cannot be scored must not hide the answer. */
  expect: NonNullable<Question['expect']>;
  passMarkPermille: number;
  source: unknown;
};

/** Reads the JSON of a question, in the form of a RuneJob's `spec.question`. Throws a {@link ShapeError}. */
export function parseQuestion(text: string): ParsedQuestion {
  const source = json(text);
  if (!isObject(source)) throw new ShapeError('the question must be an object');
  const expect = source['expect'] ?? [];
  if (!Array.isArray(expect) || !expect.every(isObject))
    throw new ShapeError('question.expect must be a list of objects');
  const passMark = source['passMarkPermille'] ?? DEFAULT_PASS_MARK_PERMILLE;
  if (typeof passMark !== 'number' || !Number.isInteger(passMark)) {
    throw new ShapeError('question.passMarkPermille must be an integer');
  }
  const prompt = string(source['prompt'], 'question.prompt');
  return {
    prompt,
    ...(source['context'] !== '' && optional(source, 'context', 'question', string)),
    ...optional(source, 'fixtures', 'question', parseFixtures),
    expect: expect as NonNullable<Question['expect']>,
    passMarkPermille: passMark,
    source,
  };
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not the parser's message: it quotes the text, and with it the expected answer.
    throw new ShapeError('the question is not JSON');
  }
}
