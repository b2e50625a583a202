/** What a run is made of: the driver writes it into the run's `configurable.rune`, and the graph is built from it. */
export interface RunSettings {
  readonly model: string;
  /** Of OpenAI's wire, with `/v1`. */
  readonly baseURL: string;
  readonly temperature?: number;
  readonly seed?: number;
  readonly systemPrompt: string;
  readonly tools: readonly ToolName[];
  /** What the question is about; the tools look things up in it. */
  readonly context?: string;
  /** A folder that the tools may write to. */
  readonly artifactsDir: string;
  /** For one call of the model. */
  readonly timeoutMilliseconds: number;
}

export const toolNames = [
  'calculate',
  'search_context',
  'read_context',
  'write_file',
  'read_file',
  'list_files',
] as const;

export type ToolName = (typeof toolNames)[number];

/** Names that the graph's failures go by when the model is to blame; LangGraph's server passes on no more than a name. */
export const modelErrorNames = { failed: 'ModelError', timedOut: 'ModelTimeout' } as const;
