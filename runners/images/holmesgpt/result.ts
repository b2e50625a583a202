import { DriverError, type Usage } from './protocol.ts';

/** What HolmesGPT wrote as its result, as far as it is used. */
interface HolmesResult {
  readonly result: string | null;
  /** Sums over all calls of the model. */
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly tool_calls: readonly {
    readonly tool_name: string;
    readonly result: {
      readonly status: string;
      readonly error: string | null;
      readonly invocation: string | null;
      readonly params: object | null;
      readonly elapsed_seconds: number | null;
    };
  }[];
}

export interface Told {
  readonly answer: string;
  readonly usage: Usage;
  /** The fields of events of kind `tool`. */
  readonly calls: readonly object[];
}

/** @throws DriverError when it is not what HolmesGPT writes */
export function readResult(json: string): Told {
  const { result, prompt_tokens, completion_tokens, tool_calls } = parse(json);
  return {
    answer: result ?? '',
    usage: { input_tokens: prompt_tokens, output_tokens: completion_tokens },
    calls: tool_calls.map(readCall),
  };
}

function readCall({ tool_name, result }: HolmesResult['tool_calls'][number]): object {
  const { status, error, invocation, params, elapsed_seconds: seconds } = result;
  const message = error ?? invocation;
  return {
    name: tool_name,
    arguments: params ?? {},
    status: status === 'error' ? 'error' : 'ok',
    ...(seconds === null ? {} : { milliseconds: Math.round(seconds * 1000) }),
    ...(message === null ? {} : { message }),
  };
}

function parse(json: string): HolmesResult {
  try {
    const value: HolmesResult | null = JSON.parse(json);
    if (Array.isArray(value?.tool_calls)) return value;
  } catch {
    // As good as none.
  }
  throw new DriverError('agent', 'HolmesGPT wrote a result that cannot be read');
}
