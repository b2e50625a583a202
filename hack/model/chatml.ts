import type { Message } from './chat-request.ts';

/** Turns text into tokens; with `special`, markers such as `<|im_start|>` become their own token. */
export type Tokenize<Token> = (text: string, special: boolean) => Token[];

/**
 * The prompt of a chat in ChatML, the template that SmolLM2 was trained with, up to where the assistant speaks.
 * A client's text is never read as a marker, and no system prompt is added, so that only what the client sent is counted.
 */
export function chatmlPrompt<Token>(messages: readonly Message[], tokenize: Tokenize<Token>): Token[] {
  const start = tokenize('<|im_start|>', true);
  const end = tokenize('<|im_end|>', true);
  const turn = ({ role, content }: Message) => [
    ...start,
    ...tokenize(`${role}\n${content}`, false),
    ...end,
    ...tokenize('\n', false),
  ];
  return [...messages.flatMap(turn), ...start, ...tokenize('assistant\n', false)];
}
