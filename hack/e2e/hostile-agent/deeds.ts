import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { callModel } from './call-model.ts';
import type { Directive } from './directives.ts';
import { fillDense, fillSparse, hostileFiles, writeArtifact } from './files.ts';
import { look, readSecrets } from './look.ts';
import type { Work } from './work.ts';

type Deed = (argument: string, work: Work) => Promise<void> | void;

const MEBIBYTE = 1024 * 1024;

/** @throws Error for an unknown deed, and what comes of a known one */
export async function carryOut({ deed, argument }: Directive, work: Work): Promise<void> {
  const act = DEEDS[deed];
  if (act === undefined) throw new Error(`"${deed}" is none of ${Object.keys(DEEDS).join(', ')}`);
  console.log(`${deed} ${argument}`);
  await act(argument, work);
}

/** What a question can make the agent do. Each may set the answer; the last one that does wins. */
const DEEDS: Readonly<Record<string, Deed>> = {
  answer: (text, work) => {
    work.answer = text;
  },
  ask: async (_none, work) => {
    work.answer = await callModel(work.params);
  },
  findings: (json, work) => {
    work.findings = JSON.parse(json) as unknown;
  },
  tool: (name, work) => work.tell({ event: 'tool', name, arguments: {}, status: 'ok', milliseconds: 1 }),
  artifact: (name, work) => writeArtifact(work.params.artifacts_dir, name),
  sleep: (milliseconds, work) => sleep(Number(milliseconds), undefined, { signal: work.signal }),
  look: async (_none, work) => {
    work.answer = JSON.stringify(await look());
  },
  'read-secrets': async (_none, work) => {
    work.answer = JSON.stringify(await readSecrets());
  },

  exit: (code) => process.exit(Number(code)),
  error: (kind, work) => {
    work.error = { kind, message: 'it was told to fail' };
  },
  never: (_none, work) => sleep(2 ** 31 - 1, undefined, { signal: work.signal }),
  deaf: () => new Promise<never>(() => setInterval(() => undefined, 60_000)),
  rubbish: (_none, work) => {
    work.isRubbish = true;
  },
  lie: (_none, work) => {
    work.answer = '';
  },
  'no-answer': (_none, work) => {
    work.answer = undefined;
  },
  long: (bytes, work) => {
    work.answer = 'x'.repeat(Number(bytes));
  },
  events: (count, work) => {
    for (let index = 0; index < Number(count); index++) work.tell({ event: 'log', message: `line ${index}` });
  },
  flood: async (mebibytes) => {
    const line = `${'f'.repeat(1023)}\n`.repeat(1024);
    for (let index = 0; index < Number(mebibytes); index++) await write(line);
  },
  oom: async () => {
    const held: Buffer[] = [];
    // Outside of the heap, whose own limit would end the process first; written, since untouched memory is not taken.
    for (;;) {
      held.push(Buffer.alloc(16 * MEBIBYTE, 1));
      await sleep(1);
    }
  },
  'fill-dense': (argument, work) => fillDense(...placeAndSize(argument, work)),
  'fill-sparse': (argument, work) => fillSparse(...placeAndSize(argument, work)),
  'hostile-files': (_none, work) => hostileFiles(work.params.artifacts_dir),
  fork: (count) => {
    // Each in a session of its own, with a parent that goes at once.
    const script = 'setsid sleep 100000 >/dev/null 2>&1 </dev/null &';
    for (let index = 0; index < Number(count); index++) spawn('sh', ['-c', script], { stdio: 'ignore' }).unref();
  },
};

/** `artifacts 200`: a folder (artifacts, home, tmp) and a size in MiB. */
function placeAndSize(argument: string, { params }: Work): [folder: string, bytes: number] {
  const [place = '', mebibytes = ''] = argument.split(/\s+/);
  const folders: Record<string, string | undefined> = {
    artifacts: params.artifacts_dir,
    home: process.env['HOME'],
    tmp: process.env['TMPDIR'],
  };
  const folder = folders[place];
  if (folder === undefined) throw new Error(`"${place}" is none of artifacts, home, tmp`);
  return [folder, Number(mebibytes) * MEBIBYTE];
}

async function write(text: string): Promise<void> {
  await new Promise((resolve) => process.stdout.write(text, resolve));
}
