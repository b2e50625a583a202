import type { FixturesEnd } from './fixtures/fixture-error.ts';
import type { RunOptions } from './run.ts';

type Options = Pick<RunOptions, 'job' | 'question' | 'clock' | 'events' | 'terminate'>;

/**
 * Does `use` while the question's fixtures are there, if it has any; `fixtures` tells what became of them.
 * Throws a FixtureError when they cannot be made.
 */
export async function amidFixtures<Value>(
  { job, question, clock, events, terminate }: Options,
  use: () => Promise<Value>,
): Promise<{ value: Value; fixtures?: FixturesEnd }> {
  const { fixtures } = question;
  if (fixtures === undefined) return { value: await use() };
  // Loaded only now: the client of Kubernetes takes half a second and much memory.
  const [{ fixturesInPod }, { withFixtures }] = await Promise.all([
    import('./fixtures/in-pod.ts'),
    import('./fixtures/with-fixtures.ts'),
  ]);
  const onPhase = (phase: string, milliseconds: number): void => {
    events.emit('progress', { phase, milliseconds: Math.round(milliseconds) });
  };
  const { account, owner } = fixturesInPod(job);
  try {
    const { value, end } = await withFixtures({ fixtures, account, owner, terminate, clock, onPhase }, use);
    return { value, fixtures: end };
  } finally {
    await account.close();
  }
}
