/** What is read of an answer; the answer is the agent's, and JSON can be made to take a lot of memory and of time. */
export const MAX_JSON_CHARACTERS = 1024 * 1024;
const MAX_VALUES = 100_000;
const MAX_DEPTH = 128;

/**
 * An answer as JSON, a Markdown fence around all of it aside; of keys that are given twice, the last counts. Undefined
 * for what is no JSON, and for what is larger (1 Mi characters, 100,000 values) or deeper (128) than is read.
 */
export function readAnswerJSON(answer: string): { value: unknown } | undefined {
  if (answer.length > MAX_JSON_CHARACTERS) return undefined;
  const text = withoutFence(answer.trim());
  if (!isSmall(text)) return undefined;
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

function withoutFence(text: string): string {
  const fence = /^(?:`{3,}|~{3,})/.exec(text)?.[0];
  if (fence === undefined) return text;
  const start = text.indexOf('\n');
  const end = text.lastIndexOf('\n');
  const isClosed = start < end && text.slice(end + 1).trim() === fence;
  return isClosed ? text.slice(start + 1, end) : text;
}

/** Counts what begins a value or follows one, and how deep lists and objects lie within each other. */
function isSmall(json: string): boolean {
  let values = 0;
  let depth = 0;
  let isInString = false;
  for (let at = 0; at < json.length; at++) {
    const character = json[at];
    if (isInString) {
      if (character === '\\') at += 1;
      else if (character === '"') isInString = false;
    } else if (character === '"') isInString = true;
    else if (character === '[' || character === '{') {
      values += 1;
      depth += 1;
    } else if (character === ']' || character === '}') depth -= 1;
    else if (character === ',') values += 1;
    if (values > MAX_VALUES || depth > MAX_DEPTH) return false;
  }
  return true;
}
