import { random } from './random.ts';

/** Up to so many differences all sign patterns are tried; 2^16 of them. */
const EXACT = 16;
const DRAWS = 10_000;

/**
 * How likely the mean of paired differences would be as low as it is, or lower, if each difference could as well have
 * had the other sign: the one-sided p-value of the sign-flip permutation test. Exact for up to 16 differences other
 * than 0; otherwise by 10,000 draws of the generator `seed`, with the observed pattern counted among them, so that it
 * is never 0 and never too small. Sources: R. A. Fisher, "The Design of Experiments", 1935, section 21;
 * B. Phipson, G. K. Smyth, "Permutation p-values should never be zero", 2010.
 * @param differences new minus old
 */
export function signFlip(differences: readonly number[], seed = 1): number {
  const moved = differences.filter((one) => one !== 0).map(Math.abs);
  const observed = differences.reduce((sum, one) => sum + one, 0);
  return moved.length <= EXACT ? exact(moved, observed) : drawn(moved, observed, seed);
}

/** Sums differ by rounding alone where they are equal in truth. */
const SLACK = 1e-9;

function exact(sizes: readonly number[], observed: number): number {
  const patterns = 2 ** sizes.length;
  // In the order of a Gray code, so that each sum follows from the one before by one flip.
  let sum = -sizes.reduce((all, one) => all + one, 0);
  let asLow = sum <= observed + SLACK ? 1 : 0;
  const isPositive = new Uint8Array(sizes.length);
  for (let pattern = 1; pattern < patterns; pattern++) {
    const place = 31 - Math.clz32(pattern & -pattern);
    const size = sizes[place] ?? 0;
    sum += isPositive[place] ? -2 * size : 2 * size;
    isPositive[place] = 1 - (isPositive[place] ?? 0);
    if (sum <= observed + SLACK) asLow++;
  }
  return asLow / patterns;
}

function drawn(sizes: readonly number[], observed: number, seed: number): number {
  const next = random(seed);
  const values = Float64Array.from(sizes);
  let asLow = 1;
  for (let draw = 0; draw < DRAWS; draw++) {
    let sum = 0;
    let bits = 0;
    for (let place = 0; place < values.length; place++) {
      if (place % 30 === 0) bits = Math.floor(next() * 2 ** 30);
      sum += bits & 1 ? (values[place] ?? 0) : -(values[place] ?? 0);
      bits >>= 1;
    }
    if (sum <= observed + SLACK) asLow++;
  }
  return asLow / (DRAWS + 1);
}
