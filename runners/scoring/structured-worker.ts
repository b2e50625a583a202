/** The thread of structured.ts. Loaded elsewhere, it does nothing. */
import { parentPort, workerData } from 'node:worker_threads';
import { readAnswerJSON } from './json-text.ts';
import type { StructuredEntry, StructuredMessage, StructuredResult, ThreadTask } from './structured.ts';
import { compileEntry, type Values } from './structured-entry.ts';

if (parentPort !== null) scoreAll(workerData as ThreadTask);

function scoreAll({ answer, findings, entries }: ThreadTask): void {
  const values = { Answer: readAnswerJSON(answer), Findings: readAnswerJSON(findings) };
  for (const entry of entries) tell({ result: resultOf(entry, values) });
}

function resultOf(entry: StructuredEntry, values: Values): StructuredResult {
  tell({ step: 'question' });
  let isMet: ReturnType<typeof compileEntry>;
  try {
    isMet = compileEntry(entry);
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
  tell({ step: 'answer' });
  try {
    return { met: isMet(values) };
  } catch {
    // The entry is in order, so it is the value: too deep, or with keys such as valueOf that mislead a library.
    return { met: false, remark: 'could not be evaluated' };
  }
}

function tell(message: StructuredMessage): void {
  parentPort?.postMessage(message);
}
