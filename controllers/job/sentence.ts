/** What is wrong and its detail as one sentence on one line, of at most 500 characters. */
export function sentence(what: string, detail: string): string {
  const said = detail.replace(/\s+/g, ' ').trim();
  const text = said === '' ? what : `${what}: ${said}`;
  return shorten(text.replace(/[.\s]*$/, '.'), 500);
}

/** The text, or its beginning and "…". Counts code points, as the schema's bounds do, and never splits one. */
export function shorten(text: string, max: number): string {
  if (text.length <= max) return text;
  const points = [...text];
  return points.length <= max ? text : `${points.slice(0, max - 1).join('')}…`;
}
