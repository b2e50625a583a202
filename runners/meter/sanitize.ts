const MAX_LENGTH = 200;

/** A text of the backend's as it may be shown: without the key, one line, no control or format characters, at most 200 characters. */
export function fitForMessage(text: string, key: string | undefined): string {
  // Cut first, half of the key could stay.
  return sanitize(redact(text, key));
}

/** What an agent says of its trouble, made fit as {@link fitForMessage} does; of at most 400 characters, the beginning and the end. */
export function fitTrouble(text: string, key: string | undefined): string {
  const line = oneLine(redact(text, key));
  const characters = Array.from(line);
  if (characters.length <= 2 * MAX_LENGTH) return line;
  return `${characters.slice(0, MAX_LENGTH / 2).join('')} … ${characters.slice(-1.5 * MAX_LENGTH + 3).join('')}`;
}

/** A text made one line, without control or format characters, of at most 200 characters. */
export function sanitize(text: string): string {
  const line = oneLine(text.slice(0, 4 * MAX_LENGTH));
  const characters = Array.from(line);
  return characters.length <= MAX_LENGTH ? line : `${characters.slice(0, MAX_LENGTH - 1).join('')}…`;
}

function oneLine(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\p{C}\s]+/gu, ' ')
    .trim();
}

/** Servers that check no key are given words such as "none" or "ollama", which answers may have of their own. */
const MIN_SECRET_LENGTH = 16;

/** A model's answer as it may be shown: without the key, should a server repeat it there. */
export function redactAnswer(answer: string, key: string | undefined): string {
  return key === undefined || key.length < MIN_SECRET_LENGTH ? answer : redact(answer, key);
}

/** The text without the key, should a server repeat it. */
export function redact(text: string, key: string | undefined): string {
  return key === undefined || key === '' ? text : text.replaceAll(key, '[key]');
}
