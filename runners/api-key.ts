import { readFileSync } from 'node:fs';
import type { JobFile } from '../crds/job-file.ts';

/** The backend's key cannot be sent; the message says what to correct. */
export class ApiKeyError extends Error {
  override name = 'ApiKeyError';
}

/** The key of the job's backend, or undefined when it needs none. Throws an {@link ApiKeyError} for one that no header can hold. */
export function readApiKey({ backend }: JobFile, path: string): string | undefined {
  if (!backend.hasApiKey) return undefined;
  // Secrets made from a file often end with a line break.
  const key = readFileSync(path, 'utf8').trim();
  if (/^[\x21-\x7e]+$/.test(key)) return key;
  const problem = key === '' ? 'is empty' : 'holds white space or characters other than ASCII';
  throw new ApiKeyError(
    `The key ${problem}: correct the Secret named by apiKeySecretRef of RuneBackend "${backend.name}".`,
  );
}
