import { stripVTControlCharacters } from 'node:util';

/** The longest beginning of a text with at most so many bytes of UTF-8, never ending within a character. */
export function cutBytes(text: string, maxBytes: number): string {
  if (text.length * 3 <= maxBytes) return text;
  const bytes = Buffer.from(text);
  if (bytes.length <= maxBytes) return text;
  let end = maxBytes;
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.toString('utf8', 0, end);
}

/** A text that is safe on a terminal: no escape sequences, no control characters but the ends of lines. */
export function printable(text: string): string {
  return stripVTControlCharacters(text).replaceAll('\r\n', '\n').replace(CONTROL, '\ufffd').toWellFormed();
}

/** A value as people are shown it in an error: JSON, at most so many characters. */
export function show(value: unknown, maxCharacters = 80): string {
  const text =
    value === undefined
      ? 'missing'
      : typeof value === 'string'
        ? JSON.stringify(value.slice(0, maxCharacters * 2))
        : kindOf(value);
  return text.length > maxCharacters ? `${text.slice(0, maxCharacters)}…` : text;
}

function kindOf(value: unknown): string {
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return String(value);
  return Array.isArray(value) ? 'a list' : 'an object';
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it takes out
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029]/g;
