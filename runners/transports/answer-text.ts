import { MAX_ANSWER_CHARACTERS } from '../meter/answer-bounds.ts';
import { UnreadableAnswerError } from './answer-json.ts';

/** Text that comes in pieces. */
export class AnswerText {
  #text = '';

  /** Throws an UnreadableAnswerError for more than 4 Mi characters. */
  add(piece: string): void {
    this.#text += piece;
    if (this.#text.length > MAX_ANSWER_CHARACTERS) {
      throw new UnreadableAnswerError('its answer is longer than 4 Mi characters');
    }
  }

  toString(): string {
    return this.#text;
  }
}
