/**
 * The text as it is compared: composed and decomposed characters are the same (Unicode NFC), and with `ignoreCase` upper
 * and lower case, as in Unicode's full case folding, without the rules of any one language.
 */
export function fold(text: string, ignoreCase: boolean | undefined): string {
  const composed = text.normalize('NFC');
  if (ignoreCase !== true) return composed;
  return composed.split(DOTLESS_I).map(foldCase).join(DOTLESS_I).normalize('NFC');
}

/** Its upper case is I, but it is not what I is the upper case of. */
const DOTLESS_I = 'ı';

/** Both ways, since some letters have several lower-case forms (σ, ς) and some only one direction (K, the Kelvin sign). */
function foldCase(text: string): string {
  return text.toLowerCase().toUpperCase();
}
