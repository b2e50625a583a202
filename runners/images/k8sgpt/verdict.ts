/** How a run of `k8sgpt analyze` ended. `code` is undefined when a signal ended it. */
export interface Ending {
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** The part of K8sGPT's result that an answer is made of. */
interface Finding {
  readonly kind: string;
  readonly name: string;
  readonly parentObject: string;
  readonly error: readonly { readonly Text: string }[];
  readonly details: string;
}

type RawFinding = { readonly [name in keyof Finding]?: Finding[name] | null };

interface Output {
  readonly errors: readonly string[] | null;
  readonly results: readonly RawFinding[] | null;
}

type ErrorKind = 'agent' | 'bad_option' | 'infrastructure' | 'model';

export type Verdict =
  | { readonly kind: 'answer'; readonly answer: string; readonly findings: readonly object[]; readonly notes: string[] }
  | { readonly kind: 'error'; readonly error: ErrorKind; readonly message: string };

const limits = { answerCharacters: 128 * 1024, findings: 1_000, findingsBytes: 256 * 1024 };

/** What came of a run. Its exit code says little: it is 0 although an analyzer failed, and 1 when the model did. */
export function verdict({ code, stdout, stderr }: Ending, namespace: string): Verdict {
  if (code !== 0) return failure(lastLine(stdout) || lastLine(stderr) || `K8sGPT ended with ${code ?? 'a signal'}`);
  const output = readOutput(stdout);
  if (output === undefined) return error('agent', `K8sGPT printed no result, but: ${cut(stdout.trim(), 500)}`);
  const errors = output.errors ?? [];
  const unknown = errors.find((text) => /filter does not exist/.test(text));
  if (unknown !== undefined) return error('bad_option', `options.filters: ${unknown}`);
  const results = (output.results ?? []).map(readFinding).sort(byPlace);
  // "No problem" would be a lie where it could not look.
  if (results.length === 0 && errors.length > 0) return error('agent', `K8sGPT could not look: ${errors.join('; ')}`);
  const findings = withinLimits(results);
  const left = results.length - findings.length;
  const notes = errors.map((text) => `an analyzer failed: ${text}`);
  if (left > 0) notes.push(`${left} of ${results.length} results are not among the findings: they are too many`);
  return { kind: 'answer', answer: cut(answerOf(results, namespace), limits.answerCharacters), findings, notes };
}

/** The lines of failed analyzers come before the JSON. */
function readOutput(stdout: string): Output | undefined {
  const start = /^\{$/m.exec(stdout)?.index;
  if (start === undefined) return undefined;
  try {
    return JSON.parse(stdout.slice(start)) as Output;
  } catch {
    return undefined;
  }
}

/** Without the words that it would mask for the model, which differ from run to run. */
function readFinding({ kind, name, parentObject, error: errors, details }: RawFinding): Finding {
  return {
    kind: kind ?? '',
    name: name ?? '',
    parentObject: parentObject ?? '',
    error: (errors ?? []).map(({ Text }) => ({ Text })),
    details: details ?? '',
  };
}

/** Analyzers run beside each other, so that their order says nothing. */
function byPlace(a: Finding, b: Finding): number {
  return a.kind.localeCompare(b.kind) || a.name.localeCompare(b.name);
}

function failure(line: string): Verdict {
  const message = line.replace(/^Error: /, '');
  if (/^(exhausted API quota for|failed while calling) AI provider/.test(message)) return error('model', message);
  if (!/^initialising kubernetes client/.test(message)) return error('agent', message);
  const advice = /no configuration has been provided/.test(message)
    ? ' (the job must name an account: spec.pod.serviceAccountName)'
    : '';
  return error('infrastructure', `${message}${advice}`);
}

function answerOf(results: readonly Finding[], namespace: string): string {
  if (results.length === 0) return `K8sGPT found no problem in the namespace ${namespace}.`;
  const count = results.length === 1 ? '1 object has problems' : `${results.length} objects have problems`;
  return [`${count} in the namespace ${namespace}.`, ...results.map(paragraph)].join('\n\n');
}

function paragraph({ kind, name, parentObject, error: errors, details }: Finding): string {
  const parent = parentObject ? ` (of ${parentObject})` : '';
  const texts = errors.map(({ Text }) => `- ${Text}`);
  return [`${kind} ${name}${parent}:`, ...texts, ...(details ? [details.trim()] : [])].join('\n');
}

function withinLimits(results: readonly Finding[]): readonly Finding[] {
  let bytes = 2;
  const end = results.findIndex((result, index) => {
    bytes += Buffer.byteLength(JSON.stringify(result)) + 1;
    return index >= limits.findings || bytes > limits.findingsBytes;
  });
  return end === -1 ? results : results.slice(0, end);
}

function error(kind: ErrorKind, message: string): Verdict {
  return { kind: 'error', error: kind, message: cut(message, 2_000) };
}

function cut(text: string, characters: number): string {
  return text.length <= characters ? text : `${text.slice(0, characters - 1)}…`;
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}
