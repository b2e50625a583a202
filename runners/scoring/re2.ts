import { RE2JS } from 're2js';

/** An expression in RE2 syntax, written as in JavaScript or as in Go; undefined when it is none. It matches in linear time. */
export function compileRE2(expression: string): RE2JS | undefined {
  try {
    return RE2JS.compile(RE2JS.translateRegExp(expression));
  } catch {
    return undefined;
  }
}
