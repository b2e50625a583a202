import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { RuneJobManifest } from '../../../crds/types.ts';
import { readManifests } from '../../install/manifest.ts';

const folder = join(import.meta.dirname, '..', '..', '..', 'crds', 'examples', 'sre');

/** Accounts that the questions need in their namespace. */
export const sreAccounts = join(folder, 'account.yaml');

/** A question about something that is broken, as a RuneJob. */
export type SreQuestion = { file: string; spec: RuneJobManifest['spec'] };

/** All of crds/examples/sre in the order of their numbers, put to a backend of the test. No model is asked. */
export async function readSreQuestions(backend: string): Promise<SreQuestion[]> {
  const files = readdirSync(folder).filter((name) => /^\d\d-.+\.yaml$/.test(name));
  return await Promise.all(
    files.sort().map(async (file) => {
      const [job] = await readManifests(join(folder, file));
      const spec = job?.spec as unknown as RuneJobManifest['spec'];
      return { file, spec: { ...spec, model: { ...spec.model, backendRef: { name: backend } } } };
    }),
  );
}
