/** What is wrong and its detail, which others may have written, as one sentence on one line, of at most 500 characters. */
export function sentence(what: string, detail: string): string {
  // No terminal is to be told anything by who only has a word on why it ended.
  const said = detail.replace(/[\s\p{Cc}]+/gu, ' ').trim();
  const text = said === '' ? what : `${what}: ${said}`;
  return shorten(text.replace(/[.\s]*$/, '.'), 500);
}

/** The text, or its beginning and "…". Counts code points, as the schema's bounds do, and never splits one. */
export function shorten(text: string, max: number): string {
  if (text.length <= max) return text;
  const points = [...text];
  return points.length <= max ? text : `${points.slice(0, max - 1).join('')}…`;
}
