export interface Directive {
  readonly deed: string;
  /** What follows the name, trimmed; may be empty. */
  readonly argument: string;
}

/** What a question asks of the agent, in its order, and the question without that. */
export function readDirectives(question: string): { directives: Directive[]; rest: string } {
  const found = [...question.matchAll(/<<agent:([\s\S]*?)>>/g)];
  const directives = found.map(([, text = '']) => readDirective(text));
  return { directives, rest: question.replaceAll(/\s*<<agent:[\s\S]*?>>/g, '').trim() };
}

/** One directive, such as `exit 1`. */
export function readDirective(text: string): Directive {
  const [, deed = '', argument = ''] = /^\s*(\S*)\s*([\s\S]*?)\s*$/.exec(text) ?? [];
  return { deed, argument };
}
