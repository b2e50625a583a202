import type { Outcome } from '../protocol/outcome.ts';
import { ensure } from './check.ts';
import { type Behaviour, TEST_MODEL, type TestModel } from './model.ts';

/** What the model says. */
export const MODEL_TEXT = 'The test model says: forty-two apples.';

/** What breaks who builds JSON, shell commands or prompts by hand. */
export const ODD_TEXT = 'Grüße "in quotes" \'and\' $HOME `id` \\n <b> {x} 漢字 🙂\nsecond line\ttab';

export const UNKNOWN_OPTION = 'rune-unknown-option';

/** Ways in which a model fails, and what a driver may call it. */
export const failedModels: readonly { name: string; behaviour: Behaviour; kinds: string[] }[] = [
  { name: 'a model that answers 500 is the error model', behaviour: { type: 'status', status: 500 }, kinds: ['model'] },
  { name: 'a model that answers 429 is the error model', behaviour: { type: 'status', status: 429 }, kinds: ['model'] },
  { name: 'a model that answers 401 is the error model', behaviour: { type: 'status', status: 401 }, kinds: ['model'] },
  {
    name: 'a model that answers rubbish is an error',
    behaviour: { type: 'body', body: '<html>Bad gateway</html>' },
    kinds: ['model', 'agent'],
  },
];

/** Throws a Finding unless it is an error of one of these kinds. */
export function expectError(outcome: Outcome | undefined, kinds: readonly string[]): void {
  const wanted = kinds.join(' or ');
  ensure(
    outcome?.status === 'error',
    `it told a result, not the error ${wanted}: ${JSON.stringify(outcome).slice(0, 200)}`,
  );
  const { kind, message } = outcome.error;
  ensure(kinds.includes(kind), `it told the error ${kind}, not ${wanted}: ${message}`);
  ensure(message.trim() !== '', 'the `message` of its error is empty');
}

/** Throws a Finding unless the model was called, by its name, with this text in one of its calls. */
export function ensureAsked(model: TestModel, text: string): void {
  ensure(model.calls.length > 0, 'it did not call the model');
  const other = model.calls.map(modelOf).find((name) => name !== TEST_MODEL);
  ensure(other === undefined, `it called the model ${JSON.stringify(other)}, not ${JSON.stringify(TEST_MODEL)}`);
  // As it stands within a JSON string, whichever characters are escaped in it.
  const isThere = model.calls.some((call) => JSON.stringify(parse(call)).includes(JSON.stringify(text).slice(1, -1)));
  ensure(isThere, `no call to the model holds ${JSON.stringify(text.slice(0, 100))}, of ${text.length} characters`);
}

function modelOf(call: string): unknown {
  return (parse(call) as { model?: unknown } | null)?.model;
}

function parse(call: string): unknown {
  try {
    return JSON.parse(call);
  } catch {
    return null;
  }
}
