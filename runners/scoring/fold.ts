/** The text as it is compared: upper and lower case are the same with `ignoreCase`. */
export function fold(text: string, ignoreCase: boolean | undefined): string {
  // Twice, since some letters have several lower-case forms (σ, ς) and some only one direction (K, the Kelvin sign).
  return ignoreCase === true ? text.toLowerCase().toUpperCase() : text;
}
