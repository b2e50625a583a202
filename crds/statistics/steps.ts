/** A calculation in steps of a few milliseconds, so that who runs it may do other things in between. */
export type Steps<Result> = Generator<void, Result>;

/** All of it at once. */
export function whole<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}
