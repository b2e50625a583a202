/** The thread of structured.ts. */
import { parentPort, workerData } from 'node:worker_threads';
import { compilePath } from './json-path.ts';
import { compileSchema } from './json-schema.ts';
import { readAnswerJSON } from './json-text.ts';
import { sameJSON } from './same-json.ts';
import type { StructuredEntry, StructuredMessage, StructuredResult, ThreadTask } from './structured.ts';

const { answer, findings, entries } = workerData as ThreadTask;
const values = { Answer: readAnswerJSON(answer), Findings: readAnswerJSON(findings) };

for (const entry of entries) tell({ result: resultOf(entry) });

function resultOf(entry: StructuredEntry): StructuredResult {
  tell({ step: 'question' });
  let isMetBy: (value: unknown) => boolean;
  try {
    isMetBy = compile(entry);
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
  tell({ step: 'answer' });
  const read = values[(entry.jsonSchema ?? entry.jsonPath)?.of ?? 'Answer'];
  try {
    return { met: read !== undefined && isMetBy(read.value) };
  } catch {
    // The entry is in order, so it is the value: too deep, or with keys such as valueOf that mislead a library.
    return { met: false, remark: 'could not be evaluated' };
  }
}

function compile({ jsonSchema, jsonPath }: StructuredEntry): (value: unknown) => boolean {
  if (jsonSchema !== undefined) return compileSchema(jsonSchema.schema);
  if (jsonPath === undefined) throw new Error('neither jsonSchema nor jsonPath is set');
  const { value: expected } = jsonPath;
  const select = compilePath(jsonPath.path);
  return (value) => {
    for (const selected of select(value)) if (expected === undefined || sameJSON(selected, expected)) return true;
    return false;
  };
}

function tell(message: StructuredMessage): void {
  parentPort?.postMessage(message);
}
