/** The first code points of a text, without ever splitting one. */
export function cutCodePoints(text: string, max: number): string {
  let units = 0;
  for (let count = 0; count < max && units < text.length; count++)
    units += (text.codePointAt(units) ?? 0) > 0xffff ? 2 : 1;
  return text.slice(0, units);
}

/** The longest beginning of a well-formed text whose {@link encodeJSON} has at most so many bytes of UTF-8, quotes not counted. */
export function cutJSONBytes(text: string, maxBytes: number): string {
  let bytes = 0;
  let units = 0;
  for (const character of text) {
    const isPlain = character >= ' ' && character <= '~' && character !== '"' && character !== '\\';
    bytes += isPlain ? 1 : Buffer.byteLength(encodeJSON(character)) - 2;
    if (bytes > maxBytes) break;
    units += character.length;
  }
  return text.slice(0, units);
}

/** JSON in which no control character, and no line separator, stands unescaped, so that it is safe on any terminal and in any log. */
export function encodeJSON(value: unknown): string {
  return JSON.stringify(value).replace(
    UNSAFE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

const UNSAFE = /[\u007f-\u009f\u2028\u2029]/g;
