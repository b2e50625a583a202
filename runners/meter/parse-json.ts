import { AnswerTooLongError } from './answer-bounds.ts';

/** Lists and objects take up to a hundred times the memory of their text. */
const MAX_VALUES = 256 * 1024;

/** Shorter texts cannot hold so many values that it matters. */
const UNCHECKED_CHARACTERS = 256 * 1024;

/** JSON of a backend's. Throws a SyntaxError, or an {@link AnswerTooLongError} for more values than memory should be given to. */
export function parseJSON(json: string): unknown {
  if (json.length > UNCHECKED_CHARACTERS && countValues(json) > MAX_VALUES) {
    throw new AnswerTooLongError(`${MAX_VALUES} values of JSON`);
  }
  return JSON.parse(json);
}

/** Lists, objects and commas outside of strings: at least half of the values. */
function countValues(json: string): number {
  let count = 0;
  for (let at = 0; at < json.length; at++) {
    const character = json[at];
    if (character === '"') at = endOfString(json, at);
    else if (character === '{' || character === '[' || character === ',') count += 1;
  }
  return count;
}

/** Where the string that begins at `start` ends. */
function endOfString(json: string, start: number): number {
  for (let quote = json.indexOf('"', start + 1); quote !== -1; quote = json.indexOf('"', quote + 1)) {
    let backslashes = 0;
    while (json[quote - 1 - backslashes] === '\\') backslashes += 1;
    if (backslashes % 2 === 0) return quote;
  }
  return json.length;
}
