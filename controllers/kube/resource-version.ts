/**
 * Whether `a` is older than `b`. resourceVersions of one kind are decimal numbers that grow (KEP-5504); of anything else
 * nothing is known, and neither is older.
 */
export function isOlder(a: string | undefined, b: string | undefined): boolean {
  if (a === undefined || b === undefined || !DECIMAL.test(a) || !DECIMAL.test(b)) return false;
  return a.length === b.length ? a < b : a.length < b.length;
}

const DECIMAL = /^[1-9]\d*$/;
