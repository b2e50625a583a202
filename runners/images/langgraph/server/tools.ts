import { type StructuredToolInterface, tool } from '@langchain/core/tools';
import { z } from 'zod';
import { listArtifacts, readArtifact, writeArtifact } from './artifact-files.ts';
import { calculate } from './calculator.ts';
import { readLines, searchLines } from './context-lines.ts';
import type { RunSettings, ToolName } from './settings.ts';

/** The tools of a run. Those that look at a context are left out where there is none. */
export function makeTools({ tools, context, artifactsDir }: RunSettings): StructuredToolInterface[] {
  const all: Record<ToolName, StructuredToolInterface | undefined> = {
    calculate: define(
      'calculate',
      'Evaluates an arithmetic expression exactly, such as "(17 * 23 + 4) / 5" or "sqrt(2) * 10^3".',
      z.object({ expression: z.string().max(1000).describe('numbers, + - * / ^ %, parentheses, functions') }),
      ({ expression }) => calculate(expression),
    ),
    ...contextTools(context),
    ...fileTools(artifactsDir),
  };
  return tools.map((name) => all[name]).filter((one) => one !== undefined);
}

function contextTools(context: string | undefined) {
  if (context === undefined) return { search_context: undefined, read_context: undefined };
  return {
    search_context: define(
      'search_context',
      'Finds the lines of the context that hold a text, in any case. Answers with numbered lines.',
      z.object({
        text: z.string().min(1).max(200).describe('taken as it is; not a pattern'),
        max_lines: z.int().min(1).max(200).default(50),
      }),
      ({ text, max_lines }) => searchLines(context, text, max_lines),
    ),
    read_context: define(
      'read_context',
      'Reads numbered lines of the context.',
      z.object({
        first_line: z.int().min(1).default(1),
        line_count: z.int().min(1).max(400).default(100),
      }),
      ({ first_line, line_count }) => readLines(context, first_line, line_count),
    ),
  };
}

function fileTools(dir: string) {
  const name = z.string().describe('a plain file name, such as "report.md"');
  return {
    write_file: define(
      'write_file',
      'Writes a text file that is handed in with the answer. A file of that name is replaced.',
      z.object({ name, content: z.string() }),
      ({ name, content }) => writeArtifact(dir, name, content),
    ),
    read_file: define('read_file', 'Reads a file that was written before.', z.object({ name }), ({ name }) =>
      readArtifact(dir, name),
    ),
    list_files: define('list_files', 'Lists the files that were written before, with their sizes.', z.object({}), () =>
      listArtifacts(dir),
    ),
  };
}

/** A tool whose messages say how long it took, as `artifact.milliseconds`. What it throws is told to the model. */
function define<S extends z.ZodObject>(
  name: ToolName,
  description: string,
  schema: S,
  run: (args: z.output<S>) => string | Promise<string>,
): StructuredToolInterface {
  const timed = async (args: unknown) => {
    const began = performance.now();
    const text = await run(schema.parse(args));
    return [text, { milliseconds: Math.round(performance.now() - began) }];
  };
  return tool(timed, { name, description, schema, responseFormat: 'content_and_artifact' });
}
