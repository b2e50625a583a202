/** How a model call ended; every kind but `ok` has its row in {@link ../classify.ts}. */
export type CallKind =
  | 'ok'
  | 'rateLimited'
  | 'serverError'
  | 'unreachable'
  | 'untrusted'
  | 'timedOut'
  | 'streamCut'
  | 'badResponse'
  | 'redirected'
  | 'keyRefused'
  | 'modelNotFound'
  | 'promptTooLong'
  | 'requestRefused'
  | 'budgetExceeded'
  | 'otherModel'
  | 'aborted';

/** Tokens of one call; `cachedTokens` are among `inputTokens`, `reasoningTokens` among `outputTokens`. */
export type Tokens = { inputTokens: number; outputTokens: number; cachedTokens: number; reasoningTokens: number };

export const NO_TOKENS: Tokens = { inputTokens: 0, outputTokens: 0, cachedTokens: 0, reasoningTokens: 0 };

/** What went wrong with a call, as far as it is known where it is noticed. */
export type Failure = {
  kind: Exclude<CallKind, 'ok'>;
  /** The backend's HTTP status. */
  status?: number;
  retryAfterSeconds?: number;
  /** The backend's own words: one line, at most 200 characters, without the key. Or what was found wrong. */
  detail?: string;
};

export type CallRecord = {
  /** 1 for the first call. */
  number: number;
  path: string;
  streamed: boolean;
  kind: CallKind;
  status?: number;
  retryAfterSeconds?: number;
  detail?: string;
  tokens: Tokens;
  /** True when some of `tokens` are estimated from the text. */
  estimated: boolean;
  /** Names of the tools that the model asked for, in order. */
  toolCalls: string[];
  servedModel?: string;
  /** Monotonic milliseconds of the meter's clock. */
  startedAt: number;
  /** Only of answers that came as a stream. */
  firstTokenAt?: number;
  /** Only of calls that asked for a stream: nothing of an answer had come when the call ended. */
  silent?: true;
  endedAt: number;
};
