/** `make driver-test`: tries the rules of runners/PROTOCOL.md on a driver. Exits with 0, with 1 for findings, with 2 when it cannot be tried. */
import { Command, InvalidArgumentError } from 'commander';
import { readTarget } from '../../runners/conformance/target.ts';
import { testDriver } from '../../runners/conformance/test-driver.ts';
import { checkLine, summaryLine } from './report.ts';

type Flags = { options: Record<string, unknown>; question: string; model: boolean; timeout: number };

const program = new Command('driver-test')
  .description('Tries the rules of runners/PROTOCOL.md on a driver.')
  .argument('<driver>', 'a command with its arguments as one text, a URL of the http form, or an image')
  .option('--options <json>', 'options of the agent in each question', readOptions, {})
  .option('--question <text>', 'the question', 'What is the word of the day?')
  .option('--no-model', 'the agent calls no model: skip what needs one')
  .option('--timeout <seconds>', 'for each answer', readSeconds, 60)
  .action(test);

try {
  await program.parseAsync();
} catch (error) {
  console.error(`driver-test: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 2;
}

async function test(driver: string, { options, question, model, timeout }: Flags): Promise<void> {
  const target = readTarget(driver, process.cwd(), process.env['PATH'] ?? '');
  const subject = { question, options, hasModel: model, timeoutSeconds: timeout, environment: process.env };
  const results = await testDriver(target, subject, (result) => console.log(checkLine(result)));
  console.log(summaryLine(results));
  process.exitCode = results.some(({ status }) => status === 'failed') ? 1 : 0;
}

function readOptions(text: string): Record<string, unknown> {
  try {
    const options: unknown = JSON.parse(text);
    if (typeof options === 'object' && options !== null && !Array.isArray(options)) return { ...options };
  } catch {
    // Told below, with what is wanted.
  }
  throw new InvalidArgumentError('It must be a JSON object, as in --options \'{"temperature":0}\'.');
}

function readSeconds(text: string): number {
  const seconds = Number(text);
  if (seconds > 0 && seconds <= 3600) return seconds;
  throw new InvalidArgumentError('It must be a number of seconds, at most 3600.');
}
