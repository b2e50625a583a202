import type { Ending } from './holmes.ts';
import { DriverError } from './protocol.ts';

/** What it means that HolmesGPT wrote no result; the last line of its standard error names the class of the failure. */
export function failureOf({ exitCode, stderr }: Ending): DriverError {
  const line = lastWords(stderr);
  const how = exitCode === undefined ? 'was ended by a signal' : `ended with exit code ${exitCode}`;
  if (line === '') return new DriverError('agent', `HolmesGPT ${how} and no result`);
  if (/\blitellm\.(exceptions\.)?Timeout\b/.test(line)) return new DriverError('timeout', modelMessage(line));
  if (/\blitellm\./.test(line)) return new DriverError('model', modelMessage(line));
  return new DriverError('agent', `HolmesGPT ${how} and no result: ${line}`);
}

/** The last line that is not indented, with those that follow it. */
function lastWords(stderr: string): string {
  const lines = stderr.trimEnd().split('\n');
  const start = lines.findLastIndex((line) => /^[\w.]+(: |$)/.test(line));
  return lines
    .slice(Math.max(start, lines.length - 5))
    .map((line) => line.trim())
    .join(' ')
    .slice(0, 1000)
    .trim();
}

function modelMessage(line: string): string {
  return `a call to the model failed: ${line.replace(/^(?:[\w.]+: )*(?=litellm\.)/, '')}`;
}
