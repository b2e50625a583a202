import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parse } from 'yaml';

export type Manifest = { apiVersion: string; kind: string; metadata: { name: string; namespace?: string } };

/** One document of an example file. Its comments say when it is sent and what the API server must answer. */
export type Step = {
  /** From `# step: update`; `create` without such a line. */
  step: 'create' | 'update';
  /** From lines `# expect: <part of the message>`; a document with none is accepted. */
  expect: string[];
  manifest: Manifest;
};

export type Example = { name: string; steps: Step[] };

/** The files of crds/examples/<folder> that hold objects of ours, sorted by name. */
export function readExamples(folder: 'valid' | 'invalid' | 'sre'): Example[] {
  const path = join(import.meta.dirname, folder);
  return readdirSync(path)
    .filter((file) => file.endsWith('.yaml') && file !== 'account.yaml')
    .sort()
    .map((file) => readExample(join(path, file)));
}

function readExample(path: string): Example {
  const documents = readFileSync(path, 'utf8').split(/^---$/m);
  return { name: basename(path, '.yaml'), steps: documents.map(readStep) };
}

function readStep(text: string): Step {
  const step = /^# step: (.+)$/m.exec(text)?.[1] ?? 'create';
  if (step !== 'create' && step !== 'update') throw new Error(`"# step: ${step}": must be create or update`);
  const expect = [...text.matchAll(/^# expect: (.+)$/gm)].map((match) => match[1] ?? '');
  return { step, expect, manifest: parse(text) };
}
