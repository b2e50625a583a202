import { JSONPathEnvironment } from 'json-p3';
import type { RuneSuite } from './types.ts';

type Question = RuneSuite['spec']['questions'][number];

/** The first query of a question that is none in the syntax of RFC 9535, which no schema can check; `problem` names its place. */
export function wrongPath(questions: readonly Question[]): { id: string; problem: string } | undefined {
  const environment = new JSONPathEnvironment();
  for (const { id, expect = [], fixtures } of questions) {
    const paths = [
      ...expect.map(({ jsonPath }, index) => ({ place: `expect[${index}].jsonPath.path`, path: jsonPath?.path })),
      ...(fixtures?.until ?? []).map(({ jsonPath }, index) => ({
        place: `fixtures.until[${index}].jsonPath`,
        path: jsonPath,
      })),
    ];
    const wrong = paths.find(({ path }) => path !== undefined && !isPath(environment, path));
    if (wrong !== undefined) return { id, problem: `${wrong.place} is no query in the syntax of RFC 9535` };
  }
  return undefined;
}

function isPath(environment: JSONPathEnvironment, path: string): boolean {
  try {
    environment.compile(path);
    return true;
  } catch {
    return false;
  }
}
