import { isUtf8 } from 'node:buffer';

/** As many as the status of a RuneJob takes. */
const MAX_CHARACTERS = 255;

/** Why a file cannot be kept under this name, whose last part is given as it lies on the disk; undefined where it can. */
export function unfit(lastPart: Buffer, name: string): string | undefined {
  if (!isUtf8(lastPart)) return 'its name is not UTF-8';
  if (MISLEADING.test(name)) return 'its name holds control characters';
  return name.length > MAX_CHARACTERS ? `its name is longer than ${MAX_CHARACTERS} characters` : undefined;
}

/** Ends of lines, other controls, and what changes the direction of text: with them, a name can pass for another. */
const MISLEADING = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;
