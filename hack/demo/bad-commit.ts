/** A commit that looks harmless: shorter answers are cheaper. The agent `terse` is cut off before it says anything. */
export const badCommit = {
  title: 'chore: shorter answers are cheaper',
  /** In repository/benchmark.yaml. */
  before: '      options: {temperature: 0, maxTokens: 32}',
  after: '      options: {temperature: 0, maxTokens: 4}',
};

/** What a Git host shows of it. */
export function diff(): string[] {
  return [`-${badCommit.before}`, `+${badCommit.after}`];
}

/** @throws Error when the file does not have the line, once */
export function commitTo(manifest: string): string {
  const parts = manifest.split(`${badCommit.before}\n`);
  if (parts.length !== 2) {
    throw new Error(
      `repository/benchmark.yaml must have this line once, since the demo changes it: ${badCommit.before}`,
    );
  }
  return parts.join(`${badCommit.after}\n`);
}
