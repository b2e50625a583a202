import { random } from './random.ts';

/** Up to this sum, counting all patterns takes about as long as drawing some, and is exact. */
const MAX_COUNTED_SUM = 20_000;
const DRAWS = 10_000;
/** Any number: the same differences are to give the same p-value. */
const SEED = 1;
const COINS = 32;

/**
 * How likely the sum of the differences would be as low as it is, or lower, if each could as well have had the other
 * sign: the one-sided p-value of Fisher's permutation test for pairs. It takes no form of distribution for granted, and
 * pairs may differ in their spread. 1 of no differences.
 *
 * R. A. Fisher, "The Design of Experiments", 1935, section 21. All patterns of signs are counted, by the shift algorithm of
 * B. Streitberg, J. Röhmel, Statistical Software Newsletter 12 (1986) 10-17. Where their sums are too many, 10,000 patterns
 * are drawn, and the observed one counts as one more (B. Phipson, G. K. Smyth, Statistical Applications in Genetics and
 * Molecular Biology 9 (2010) 39), so that p is never 0.
 * @param differences whole numbers of some unit, so that ties are ties; their sum below 2^53
 * @param slack sums that differ by no more count as equal, where the differences are rounded
 */
export function signFlip(differences: readonly number[], slack = 0): number {
  const sizes = differences.map(Math.abs).filter((size) => size > 0);
  // A pattern's sum is twice what its positive ones sum up to, minus what all sum up to.
  const positive = differences.reduce((sum, difference) => sum + Math.max(0, difference), slack);
  return positive <= MAX_COUNTED_SUM ? countedShare(sizes, positive) : drawnShare(sizes, positive);
}

/** The share of all subsets whose sum is at most `most`. */
function countedShare(sizes: readonly number[], most: number): number {
  const shares = new Float64Array(most + 1);
  shares[0] = 1;
  for (const size of sizes) {
    for (let sum = most; sum >= size; sum--) {
      shares[sum] = ((shares[sum] as number) + (shares[sum - size] as number)) / 2;
    }
    for (let sum = Math.min(most, size - 1); sum >= 0; sum--) shares[sum] = (shares[sum] as number) / 2;
  }
  const total = shares.reduce((sum, share) => sum + share, 0);
  return Math.min(1, total);
}

function drawnShare(sizes: readonly number[], most: number): number {
  const next = random(SEED);
  let asLow = 1;
  for (let draw = 0; draw < DRAWS; draw++) {
    if (drawSum(sizes, next) <= most) asLow++;
  }
  return asLow / (DRAWS + 1);
}

/** The sum of a subset, each size in it by a coin of its own: the bits of what is drawn. */
function drawSum(sizes: readonly number[], next: () => number): number {
  let sum = 0;
  for (let first = 0; first < sizes.length; first += COINS) {
    let coins = next() * 2 ** COINS;
    const end = Math.min(first + COINS, sizes.length);
    for (let index = first; index < end; index++) {
      if (coins & 1) sum += sizes[index] as number;
      coins >>>= 1;
    }
  }
  return sum;
}
