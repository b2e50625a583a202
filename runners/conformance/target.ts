import { existsSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import type { Command } from '../agent-host/config.ts';

/** What is tested: a driver of the stdio form, a server of the http form, or an image that holds one. */
export type Target =
  | { type: 'command'; command: Command }
  | { type: 'url'; url: string }
  | { type: 'image'; image: string };

/**
 * Reads a target as people write it. A command is one whose first word is a program; its words that name files are made
 * absolute, since drivers run in a folder of their own. Throws an Error for nothing.
 */
export function readTarget(text: string, folder: string, path: string): Target {
  const [program, ...args] = words(text);
  if (program === undefined) throw new Error('name a driver: a command, a URL or an image');
  if (/^https?:\/\//.test(program)) return { type: 'url', url: program.replace(/\/+$/, '') };
  const absolute = (word: string) => (existsSync(resolve(folder, word)) ? resolve(folder, word) : word);
  if (existsSync(resolve(folder, program)))
    return { type: 'command', command: [absolute(program), ...args.map(absolute)] };
  const isProgram = path.split(delimiter).some((place) => place !== '' && existsSync(join(place, program)));
  if (isProgram && !program.includes('/')) return { type: 'command', command: [program, ...args.map(absolute)] };
  if (args.length === 0 && /^[a-z0-9][a-z0-9._/:@-]*$/i.test(program)) return { type: 'image', image: program };
  throw new Error(`there is no program ${program}`);
}

/** Words between blanks; blanks may stand in quotes of either kind. */
function words(text: string): string[] {
  return [...text.matchAll(/(?:[^\s"']|"[^"]*"|'[^']*')+/g)].map(([word]) =>
    word.replace(/"([^"]*)"|'([^']*)'/g, '$1$2'),
  );
}
