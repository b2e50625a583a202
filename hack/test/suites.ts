/** A suite of `make test`. A check is one command that passes or fails; a vitest suite holds many tests. */
export type Suite = { name: string; what: string; command: readonly string[]; kind: 'check' | 'vitest' };

/** In the order in which they run: what fails soonest comes first. */
export const SUITES: readonly Suite[] = [
  {
    name: 'lint',
    what: 'style, imports, unused code, generated files',
    command: ['npm', 'run', '--silent', 'lint'],
    kind: 'check',
  },
  { name: 'types', what: 'strict TypeScript', command: ['npm', 'run', '--silent', 'typecheck'], kind: 'check' },
  { name: 'unit', what: 'needs nothing', command: ['npm', 'run', '--silent', 'test:unit'], kind: 'vitest' },
  {
    name: 'integration',
    what: 'a real API server',
    command: ['npm', 'run', '--silent', 'test:integration'],
    kind: 'vitest',
  },
  { name: 'e2e', what: 'a cluster that runs Pods', command: ['npm', 'run', '--silent', 'test:e2e'], kind: 'vitest' },
];

/** The suites of these names, in their usual order; all of them for no name. @throws Error for an unknown name */
export function selectSuites(names: readonly string[]): readonly Suite[] {
  const unknown = names.find((name) => !SUITES.some((suite) => suite.name === name));
  if (unknown !== undefined) {
    throw new Error(`no suite "${unknown}"; there are: ${SUITES.map(({ name }) => name).join(', ')}`);
  }
  return names.length === 0 ? SUITES : SUITES.filter(({ name }) => names.includes(name));
}
