// GENERATED from crds/*.yaml by `npm run generate`. Do not edit.
import type { ObjectMeta } from './raw.ts';

/**
 * An entry of the catalogue of agents. It says how the agent is called.
 */
export interface RuneAgent {
  apiVersion: 'bench.rune.ai/v1alpha1';
  kind: 'RuneAgent';
  metadata: ObjectMeta;
  /**
   * What the agent is and how it is called.
   */
  spec: {
    /**
     * How people call it.
     */
    displayName: string;
    /**
     * What it does, in a few sentences.
     */
    description?: string;
    /**
     * The kind of work it does.
     */
    domain: 'SRE' | 'Research' | 'Art' | 'Cybersec' | 'LegalOps' | 'DevTools' | 'Productivity';
    /**
     * OSSNative: open source, with a driver and an image of ours. Community: a driver only. Closed: reached only by open protocols.
     */
    tier: 'OSSNative' | 'Community' | 'Closed';
    /**
     * SPDX expression, such as Apache-2.0.
     */
    license?: string;
    /**
     * Where to read about it.
     */
    homepage?: string;
    /**
     * The model itself is the agent: it is asked directly, in the wire format of its backend. Exactly one of `openai` and `unavailable` must be set.
     */
    openai?: {
      /**
       * Sent before each question. The option `systemPrompt` of a RuneJob replaces it.
       */
      systemPrompt?: string;
      /**
       * Whether answers are streamed; true by default. The option `stream` of a RuneJob replaces it.
       */
      stream: boolean;
    };
    /**
     * The agent offers nothing that can be called.
     */
    unavailable?: {
      /**
       * What is missing, in a sentence.
       */
      reason: string;
      /**
       * Since when, or when it was last looked up.
       */
      since: string;
    };
    /**
     * How this entry was checked against the agent.
     */
    verified?: {
      /**
       * Upstream: against the agent itself. StandIn: against a stand-in with its documented interface. Documentation: by reading.
       */
      how: 'Upstream' | 'StandIn' | 'Documentation';
      /**
       * The agent's version.
       */
      version?: string;
      /**
       * When.
       */
      date: string;
    };
  };
  /**
   * What has been observed. Written by the operator; by default {observedGeneration: -1}, which tells kstatus that nothing has been yet.
   */
  status?: {
    /**
     * The generation of the spec that this status is about.
     */
    observedGeneration?: number;
    /**
     * Ready (the entry is valid), Callable (False says what is missing and since when).
     */
    conditions?: {
      /**
       * What the condition is about.
       */
      type: string;
      /**
       * Whether it holds.
       */
      status: 'True' | 'False' | 'Unknown';
      /**
       * The generation of the spec that it is about.
       */
      observedGeneration?: number;
      /**
       * When `status` last changed.
       */
      lastTransitionTime: string;
      /**
       * Why, in one word for machines.
       */
      reason: string;
      /**
       * Why, in a sentence for people.
       */
      message: string;
    }[];
  };
}

/**
 * An entry of the catalogue of agents. It says how the agent is called.
 */
export interface RuneAgentManifest {
  apiVersion: 'bench.rune.ai/v1alpha1';
  kind: 'RuneAgent';
  metadata: ObjectMeta;
  /**
   * What the agent is and how it is called.
   */
  spec: {
    /**
     * How people call it.
     */
    displayName: string;
    /**
     * What it does, in a few sentences.
     */
    description?: string;
    /**
     * The kind of work it does.
     */
    domain: 'SRE' | 'Research' | 'Art' | 'Cybersec' | 'LegalOps' | 'DevTools' | 'Productivity';
    /**
     * OSSNative: open source, with a driver and an image of ours. Community: a driver only. Closed: reached only by open protocols.
     */
    tier: 'OSSNative' | 'Community' | 'Closed';
    /**
     * SPDX expression, such as Apache-2.0.
     */
    license?: string;
    /**
     * Where to read about it.
     */
    homepage?: string;
    /**
     * The model itself is the agent: it is asked directly, in the wire format of its backend. Exactly one of `openai` and `unavailable` must be set.
     */
    openai?: {
      /**
       * Sent before each question. The option `systemPrompt` of a RuneJob replaces it.
       */
      systemPrompt?: string;
      /**
       * Whether answers are streamed; true by default. The option `stream` of a RuneJob replaces it.
       */
      stream?: boolean;
    };
    /**
     * The agent offers nothing that can be called.
     */
    unavailable?: {
      /**
       * What is missing, in a sentence.
       */
      reason: string;
      /**
       * Since when, or when it was last looked up.
       */
      since: string;
    };
    /**
     * How this entry was checked against the agent.
     */
    verified?: {
      /**
       * Upstream: against the agent itself. StandIn: against a stand-in with its documented interface. Documentation: by reading.
       */
      how: 'Upstream' | 'StandIn' | 'Documentation';
      /**
       * The agent's version.
       */
      version?: string;
      /**
       * When.
       */
      date: string;
    };
  };
}

/**
 * A place where models are served.
 */
export interface RuneBackend {
  apiVersion: 'bench.rune.ai/v1alpha1';
  kind: 'RuneBackend';
  metadata: ObjectMeta;
  /**
   * Where and how the models are reached, and what they cost.
   */
  spec: {
    /**
     * A server that speaks the OpenAI wire format. Exactly one of `openai` and `ollama` must be set.
     */
    openai?: {
      /**
       * Where it listens, with the version, such as https://models.example.com/v1.
       */
      baseURL: string;
      /**
       * The key, in a Secret of type bench.rune.ai/api-key in the same namespace. Only runner containers mount it; the operator never reads it.
       */
      apiKeySecretRef?: {
        /**
         * Name of the Secret.
         */
        name: string;
        /**
         * Key within the Secret. apiKey by default.
         */
        key: string;
      };
    };
    /**
     * A server that speaks the Ollama wire format.
     */
    ollama?: {
      /**
       * Where it listens, without a path, such as http://ollama.models:11434.
       */
      url: string;
    };
    /**
     * The models that jobs will ask for. The probe checks that they are served; their prices make costs known.
     */
    models?: {
      /**
       * The model's name as the backend knows it.
       */
      name: string;
      /**
       * How many tokens prompt and answer may have together. Ollama is asked for a context of this size (num_ctx).
       */
      contextWindow?: number;
      /**
       * This model's prices, in place of the backend's.
       */
      prices?: {
        /**
         * US dollars for a million input tokens, such as "0.15"; "0" for a model that costs nothing.
         */
        inputPerMillionTokensUSD: string;
        /**
         * US dollars for a million output tokens.
         */
        outputPerMillionTokensUSD: string;
        /**
         * US dollars for a million input tokens that came from the cache; the input price by default.
         */
        cachedInputPerMillionTokensUSD?: string;
      };
    }[];
    /**
     * Prices of all models that have none of their own. A model without a known price has no known cost.
     */
    prices?: {
      /**
       * US dollars for a million input tokens, such as "0.15"; "0" for a model that costs nothing.
       */
      inputPerMillionTokensUSD: string;
      /**
       * US dollars for a million output tokens.
       */
      outputPerMillionTokensUSD: string;
      /**
       * US dollars for a million input tokens that came from the cache; the input price by default.
       */
      cachedInputPerMillionTokensUSD?: string;
    };
    /**
     * How many RuneJobs may use the backend at once. Load changes latency, so results are comparable only at equal values. 1 by default.
     */
    maxConcurrentJobs: number;
    /**
     * How long a model call may go without a byte from the backend until it counts as hung and the job ends with BackendError. 120 by default.
     */
    requestTimeoutSeconds: number;
    /**
     * How often the operator asks for the list of models. It does so without the key; 401 and 403 count as reachable. 60 by default.
     */
    probeIntervalSeconds: number;
  };
  /**
   * What has been observed. Written by the operator; by default {observedGeneration: -1}, which tells kstatus that nothing has been yet.
   */
  status?: {
    /**
     * The generation of the spec that this status is about.
     */
    observedGeneration?: number;
    /**
     * Where the models are reached.
     */
    url?: string;
    /**
     * When the last probe changed what is said here.
     */
    lastProbeTime?: string;
    /**
     * The models that the last probe found, by name; at most 200.
     */
    models?: string[];
    /**
     * Ready (reachable), ModelsPresent (Unknown when the list needs a key).
     */
    conditions?: {
      /**
       * What the condition is about.
       */
      type: string;
      /**
       * Whether it holds.
       */
      status: 'True' | 'False' | 'Unknown';
      /**
       * The generation of the spec that it is about.
       */
      observedGeneration?: number;
      /**
       * When `status` last changed.
       */
      lastTransitionTime: string;
      /**
       * Why, in one word for machines.
       */
      reason: string;
      /**
       * Why, in a sentence for people.
       */
      message: string;
    }[];
  };
}

/**
 * A place where models are served.
 */
export interface RuneBackendManifest {
  apiVersion: 'bench.rune.ai/v1alpha1';
  kind: 'RuneBackend';
  metadata: ObjectMeta;
  /**
   * Where and how the models are reached, and what they cost.
   */
  spec: {
    /**
     * A server that speaks the OpenAI wire format. Exactly one of `openai` and `ollama` must be set.
     */
    openai?: {
      /**
       * Where it listens, with the version, such as https://models.example.com/v1.
       */
      baseURL: string;
      /**
       * The key, in a Secret of type bench.rune.ai/api-key in the same namespace. Only runner containers mount it; the operator never reads it.
       */
      apiKeySecretRef?: {
        /**
         * Name of the Secret.
         */
        name: string;
        /**
         * Key within the Secret. apiKey by default.
         */
        key?: string;
      };
    };
    /**
     * A server that speaks the Ollama wire format.
     */
    ollama?: {
      /**
       * Where it listens, without a path, such as http://ollama.models:11434.
       */
      url: string;
    };
    /**
     * The models that jobs will ask for. The probe checks that they are served; their prices make costs known.
     */
    models?: {
      /**
       * The model's name as the backend knows it.
       */
      name: string;
      /**
       * How many tokens prompt and answer may have together. Ollama is asked for a context of this size (num_ctx).
       */
      contextWindow?: number;
      /**
       * This model's prices, in place of the backend's.
       */
      prices?: {
        /**
         * US dollars for a million input tokens, such as "0.15"; "0" for a model that costs nothing.
         */
        inputPerMillionTokensUSD: string;
        /**
         * US dollars for a million output tokens.
         */
        outputPerMillionTokensUSD: string;
        /**
         * US dollars for a million input tokens that came from the cache; the input price by default.
         */
        cachedInputPerMillionTokensUSD?: string;
      };
    }[];
    /**
     * Prices of all models that have none of their own. A model without a known price has no known cost.
     */
    prices?: {
      /**
       * US dollars for a million input tokens, such as "0.15"; "0" for a model that costs nothing.
       */
      inputPerMillionTokensUSD: string;
      /**
       * US dollars for a million output tokens.
       */
      outputPerMillionTokensUSD: string;
      /**
       * US dollars for a million input tokens that came from the cache; the input price by default.
       */
      cachedInputPerMillionTokensUSD?: string;
    };
    /**
     * How many RuneJobs may use the backend at once. Load changes latency, so results are comparable only at equal values. 1 by default.
     */
    maxConcurrentJobs?: number;
    /**
     * How long a model call may go without a byte from the backend until it counts as hung and the job ends with BackendError. 120 by default.
     */
    requestTimeoutSeconds?: number;
    /**
     * How often the operator asks for the list of models. It does so without the key; 401 and 403 count as reachable. 60 by default.
     */
    probeIntervalSeconds?: number;
  };
}

/**
 * A RuneJob puts one question to one agent once, scores the answer, and reports outcome, tokens, cost and time. Its runner Pod lives in the same namespace. Whoever may create RuneJobs may create Pods there.
 */
export interface RuneJob {
  apiVersion: 'bench.rune.ai/v1alpha1';
  kind: 'RuneJob';
  metadata: ObjectMeta;
  /**
   * What to ask of whom. Immutable, but for `suspend` and `cancel`.
   */
  spec: {
    /**
     * Who is asked.
     */
    agent: {
      /**
       * The RuneAgent.
       */
      ref: {
        /**
         * Name of a RuneAgent (cluster-scoped).
         */
        name: string;
      };
      /**
       * What the agent's driver understands. An `openai` agent takes `systemPrompt` (string), `stream` (boolean), `temperature`, `topP` (numbers), `maxTokens` (integer) and `stop` (strings). An option that the driver does not know ends the job with AgentError.
       */
      options?: Record<string, unknown>;
    };
    /**
     * The model that the agent works with.
     */
    model: {
      /**
       * The model's name as its backend knows it.
       */
      name: string;
      /**
       * Where the model is served.
       */
      backendRef: {
        /**
         * Name of a RuneBackend in the same namespace.
         */
        name: string;
      };
    };
    /**
     * The question itself. Exactly one of `question` and `questionRef` must be set.
     */
    question?: {
      /**
       * What the agent is asked.
       */
      prompt: string;
      /**
       * What a right answer holds. The score is the weight of the entries met over the weight of all. With none, the answer is not scored and the outcome is Answered.
       */
      expect?: {
        /**
         * How reports call this entry.
         */
        name?: string;
        /**
         * Its share of the score, relative to the other entries. 1 by default.
         */
        weight: number;
        /**
         * The whole answer, white space at both ends aside.
         */
        exact?: {
          /**
           * The expected text.
           */
          value: string;
          /**
           * Whether upper and lower case count as the same.
           */
          ignoreCase: boolean;
        };
        /**
         * Texts that must, or must not, stand in the answer. All of the given lists must hold.
         */
        contains?: {
          /**
           * Each of these must stand in the answer.
           */
          all?: string[];
          /**
           * At least one of these must stand in the answer.
           */
          any?: string[];
          /**
           * None of these may stand in the answer.
           */
          none?: string[];
          /**
           * Whether upper and lower case count as the same.
           */
          ignoreCase: boolean;
        };
        /**
         * A regular expression that must match somewhere in the answer, or in the first 262,144 characters of a longer one.
         */
        regex?: {
          /**
           * RE2 syntax (https://github.com/google/re2/wiki/Syntax), which matches in linear time.
           */
          pattern: string;
          /**
           * Whether upper and lower case count as the same.
           */
          ignoreCase: boolean;
        };
        /**
         * The last number in the answer, in English notation: 1,234.5 or 1 234.5, with a currency or percent sign or not, or 1.5e3 or 1.5 × 10^3. If the last is written otherwise (3,14, 1/2, 3½, 10², 12:30), the answer does not meet the entry, whatever numbers stand before it.
         */
        number?: {
          /**
           * The expected number, as a decimal string.
           */
          value: string;
          /**
           * How far the answer may lie from `value` on either side, as a decimal string. "0" by default.
           */
          tolerance: string;
        };
      }[];
      /**
       * The least score, per mille, that passes. 1000 by default.
       */
      passMarkPermille: number;
    };
    /**
     * A question in a Secret of type bench.rune.ai/revision, so that this object holds no expected answer. Exactly one of `question` and `questionRef` must be set.
     */
    questionRef?: {
      /**
       * Name of the Secret, in the same namespace.
       */
      revision: string;
      /**
       * The question's id. Its JSON, in the form of `question`, is the Secret's key `<id>.json`.
       */
      id: string;
    };
    /**
     * Which repetition of the question this is. 0 by default.
     */
    trial: number;
    /**
     * Passed to the model, where its backend takes a seed.
     */
    seed?: number;
    /**
     * Whether to hold the job. A running attempt is ended and does not count; the start deadline counts anew when this becomes false.
     */
    suspend: boolean;
    /**
     * Set to true to end the job for good, with the outcome Cancelled unless a result was reported before. Cannot be taken back.
     */
    cancel: boolean;
    /**
     * How long it may take, from the creation, the resumption or the end of a retry's backoff, until the agent is asked. After that the job ends with InfraError. 3600 by default.
     */
    startDeadlineSeconds: number;
    /**
     * How long each attempt may take from the ask. After that it ends with AgentTimeout. 600 by default.
     */
    activeDeadlineSeconds: number;
    /**
     * How often infrastructure trouble (BackendError, Throttled, InfraError) is retried in a new Pod. 3 by default.
     */
    backoffLimit: number;
    /**
     * When to delete the job after it finished. Unset keeps it.
     */
    ttlSecondsAfterFinished?: number;
    /**
     * Jobs with a higher priority are started first; equal ones in the order of their creation. 0 by default.
     */
    priority: number;
    /**
     * What each attempt may use. It is checked before each model call against what was spent so far, so a single call is not cut and may go over it; the call after that is refused and the job ends with BudgetExceeded.
     */
    budget?: {
      /**
       * The most that an attempt may cost, in US dollars, such as "0.50". Needs a price of the model in its RuneBackend.
       */
      maxCostUSD?: string;
      /**
       * The most input and output tokens together.
       */
      maxTokens?: number;
      /**
       * The most calls to the model.
       */
      maxModelCalls?: number;
    };
    /**
     * Where and with what the runner Pod runs.
     */
    pod?: {
      /**
       * The runner container's resources, in place of the operator's defaults.
       */
      resources?: {
        /**
         * The least that it gets.
         */
        requests?: {
          [k: string]: number | string;
        };
        /**
         * The most that it gets.
         */
        limits?: {
          [k: string]: number | string;
        };
      };
      /**
       * Labels of the nodes that may run it.
       */
      nodeSelector?: {
        [k: string]: string;
      };
      /**
       * Taints of nodes that it tolerates.
       */
      tolerations?: {
        /**
         * The taint's key; empty matches all.
         */
        key?: string;
        /**
         * How `value` is compared; Equal by default.
         */
        operator?: 'Exists' | 'Equal';
        /**
         * The taint's value.
         */
        value?: string;
        /**
         * The taint's effect; empty matches all.
         */
        effect?: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute';
        /**
         * How long a NoExecute taint is tolerated.
         */
        tolerationSeconds?: number;
      }[];
      /**
       * The RuntimeClass, such as one of gVisor.
       */
      runtimeClassName?: string;
      /**
       * The PriorityClass of the Pod.
       */
      priorityClassName?: string;
    };
  };
  /**
   * What has been observed. Written by the operator; by default {observedGeneration: -1}, which tells kstatus that nothing has been yet.
   */
  status?: {
    /**
     * The generation of the spec that this status is about.
     */
    observedGeneration?: number;
    /**
     * How the job ended.
     */
    outcome?:
      | 'Passed'
      | 'Failed'
      | 'Answered'
      | 'AgentError'
      | 'AgentTimeout'
      | 'BackendError'
      | 'Throttled'
      | 'InfraError'
      | 'ScorerError'
      | 'BudgetExceeded'
      | 'Cancelled'
      | 'Stopped';
    /**
     * Started (False says why not yet), Finished (True at any end), Succeeded (True when a measurement exists), Suspended; Reconciling and Stalled only when true.
     */
    conditions?: {
      /**
       * What the condition is about.
       */
      type: string;
      /**
       * Whether it holds.
       */
      status: 'True' | 'False' | 'Unknown';
      /**
       * The generation of the spec that it is about.
       */
      observedGeneration?: number;
      /**
       * When `status` last changed.
       */
      lastTransitionTime: string;
      /**
       * Why, in one word for machines.
       */
      reason: string;
      /**
       * Why, in a sentence for people.
       */
      message: string;
    }[];
    /**
     * When the job finished.
     */
    completionTime?: string;
    /**
     * The score, per mille of the weights of `expect`.
     */
    scorePermille?: number;
    /**
     * The entries of `expect`, in their order; absent for a questionRef, whose entries stay in its Secret.
     */
    scores?: {
      /**
       * The entry's name, where it has one.
       */
      name?: string;
      /**
       * exact, contains, regex or number.
       */
      scorer: string;
      /**
       * Whether the answer met it.
       */
      passed: boolean;
    }[];
    /**
     * What the agent used of the model in the last attempt, as the meter counted it.
     */
    usage?: {
      /**
       * Tokens of all prompts, cached ones included.
       */
      inputTokens?: number;
      /**
       * Tokens that the model wrote, reasoning included.
       */
      outputTokens?: number;
      /**
       * Those of inputTokens that came from the backend's cache.
       */
      cachedTokens?: number;
      /**
       * Those of outputTokens that were reasoning.
       */
      reasoningTokens?: number;
      /**
       * Calls to the model.
       */
      modelCalls?: number;
      /**
       * Tool calls that the model asked for.
       */
      toolCalls?: number;
      /**
       * True when the backend reported no usage for some call, so that its tokens are estimated from the text.
       */
      estimated?: boolean;
    };
    /**
     * Cost of all attempts, in millionths of a US dollar. Absent when no price of the model is known. An attempt that was lost without a report is charged `budget.maxCostUSD`.
     */
    costMicroUSD?: number;
    /**
     * Where the time of the last attempt went, in milliseconds.
     */
    timings?: {
      /**
       * From the creation, resumption or end of the attempt before to the creation of the Pod.
       */
      queuedMilliseconds?: number;
      /**
       * From the creation of the Pod to the start of the runner.
       */
      startingMilliseconds?: number;
      /**
       * From the start of the runner until the agent was asked.
       */
      agentStartMilliseconds?: number;
      /**
       * From the ask to the model's first token.
       */
      firstTokenMilliseconds?: number;
      /**
       * From the ask to the answer.
       */
      agentMilliseconds?: number;
      /**
       * From the answer to the score.
       */
      scoringMilliseconds?: number;
    };
    /**
     * What the agent answered.
     */
    answer?: {
      /**
       * Its beginning.
       */
      excerpt?: string;
      /**
       * Of the whole answer, as UTF-8.
       */
      sha256?: string;
      /**
       * Length of the whole answer, as UTF-8.
       */
      bytes?: number;
    };
    /**
     * How many attempts have been begun.
     */
    attempt?: number;
    /**
     * How many attempts ended with infrastructure trouble; `backoffLimit` bounds it.
     */
    retries?: number;
    /**
     * The last attempts, oldest first. One without outcome is in progress.
     */
    attempts?: {
      /**
       * 1 for the first.
       */
      number: number;
      /**
       * Its runner Pod.
       */
      podName: string;
      /**
       * When it was admitted.
       */
      startTime: string;
      /**
       * When its end was seen.
       */
      completionTime?: string;
      /**
       * How it ended.
       */
      outcome?: string;
      /**
       * What happened, in one word.
       */
      reason?: string;
      /**
       * What happened, in a sentence.
       */
      message?: string;
      /**
       * How long the backend asked to wait.
       */
      retryAfterSeconds?: number;
      /**
       * Its cost, where it is known.
       */
      costMicroUSD?: number;
    }[];
    /**
     * The event lines of the last attempt (the runner's log).
     */
    events?: {
      /**
       * Lines written.
       */
      count?: number;
      /**
       * Lines not written: those above 8 MiB, and those that nothing read in time.
       */
      dropped?: number;
      /**
       * Of the lines written.
       */
      sha256?: string;
    };
    /**
     * Other jobs in progress on the same backend when the last attempt was admitted.
     */
    load?: number;
    /**
     * What the measurement was made with.
     */
    provenance?: {
      /**
       * The runner's image with its digest.
       */
      runnerImage?: string;
      /**
       * RUNE's version in that image.
       */
      runnerVersion?: string;
      /**
       * metadata.generation of the RuneAgent.
       */
      agentGeneration?: number;
      /**
       * metadata.generation of the RuneBackend, prices included.
       */
      backendGeneration?: number;
      /**
       * The model's name in the backend's answers.
       */
      servedModel?: string;
      /**
       * Of the question's canonical JSON (RFC 8785).
       */
      questionSHA256?: string;
    };
  };
}

/**
 * A RuneJob puts one question to one agent once, scores the answer, and reports outcome, tokens, cost and time. Its runner Pod lives in the same namespace. Whoever may create RuneJobs may create Pods there.
 */
export interface RuneJobManifest {
  apiVersion: 'bench.rune.ai/v1alpha1';
  kind: 'RuneJob';
  metadata: ObjectMeta;
  /**
   * What to ask of whom. Immutable, but for `suspend` and `cancel`.
   */
  spec: {
    /**
     * Who is asked.
     */
    agent: {
      /**
       * The RuneAgent.
       */
      ref: {
        /**
         * Name of a RuneAgent (cluster-scoped).
         */
        name: string;
      };
      /**
       * What the agent's driver understands. An `openai` agent takes `systemPrompt` (string), `stream` (boolean), `temperature`, `topP` (numbers), `maxTokens` (integer) and `stop` (strings). An option that the driver does not know ends the job with AgentError.
       */
      options?: Record<string, unknown>;
    };
    /**
     * The model that the agent works with.
     */
    model: {
      /**
       * The model's name as its backend knows it.
       */
      name: string;
      /**
       * Where the model is served.
       */
      backendRef: {
        /**
         * Name of a RuneBackend in the same namespace.
         */
        name: string;
      };
    };
    /**
     * The question itself. Exactly one of `question` and `questionRef` must be set.
     */
    question?: {
      /**
       * What the agent is asked.
       */
      prompt: string;
      /**
       * What a right answer holds. The score is the weight of the entries met over the weight of all. With none, the answer is not scored and the outcome is Answered.
       */
      expect?: {
        /**
         * How reports call this entry.
         */
        name?: string;
        /**
         * Its share of the score, relative to the other entries. 1 by default.
         */
        weight?: number;
        /**
         * The whole answer, white space at both ends aside.
         */
        exact?: {
          /**
           * The expected text.
           */
          value: string;
          /**
           * Whether upper and lower case count as the same.
           */
          ignoreCase?: boolean;
        };
        /**
         * Texts that must, or must not, stand in the answer. All of the given lists must hold.
         */
        contains?: {
          /**
           * Each of these must stand in the answer.
           */
          all?: string[];
          /**
           * At least one of these must stand in the answer.
           */
          any?: string[];
          /**
           * None of these may stand in the answer.
           */
          none?: string[];
          /**
           * Whether upper and lower case count as the same.
           */
          ignoreCase?: boolean;
        };
        /**
         * A regular expression that must match somewhere in the answer, or in the first 262,144 characters of a longer one.
         */
        regex?: {
          /**
           * RE2 syntax (https://github.com/google/re2/wiki/Syntax), which matches in linear time.
           */
          pattern: string;
          /**
           * Whether upper and lower case count as the same.
           */
          ignoreCase?: boolean;
        };
        /**
         * The last number in the answer, in English notation: 1,234.5 or 1 234.5, with a currency or percent sign or not, or 1.5e3 or 1.5 × 10^3. If the last is written otherwise (3,14, 1/2, 3½, 10², 12:30), the answer does not meet the entry, whatever numbers stand before it.
         */
        number?: {
          /**
           * The expected number, as a decimal string.
           */
          value: string;
          /**
           * How far the answer may lie from `value` on either side, as a decimal string. "0" by default.
           */
          tolerance?: string;
        };
      }[];
      /**
       * The least score, per mille, that passes. 1000 by default.
       */
      passMarkPermille?: number;
    };
    /**
     * A question in a Secret of type bench.rune.ai/revision, so that this object holds no expected answer. Exactly one of `question` and `questionRef` must be set.
     */
    questionRef?: {
      /**
       * Name of the Secret, in the same namespace.
       */
      revision: string;
      /**
       * The question's id. Its JSON, in the form of `question`, is the Secret's key `<id>.json`.
       */
      id: string;
    };
    /**
     * Which repetition of the question this is. 0 by default.
     */
    trial?: number;
    /**
     * Passed to the model, where its backend takes a seed.
     */
    seed?: number;
    /**
     * Whether to hold the job. A running attempt is ended and does not count; the start deadline counts anew when this becomes false.
     */
    suspend?: boolean;
    /**
     * Set to true to end the job for good, with the outcome Cancelled unless a result was reported before. Cannot be taken back.
     */
    cancel?: boolean;
    /**
     * How long it may take, from the creation, the resumption or the end of a retry's backoff, until the agent is asked. After that the job ends with InfraError. 3600 by default.
     */
    startDeadlineSeconds?: number;
    /**
     * How long each attempt may take from the ask. After that it ends with AgentTimeout. 600 by default.
     */
    activeDeadlineSeconds?: number;
    /**
     * How often infrastructure trouble (BackendError, Throttled, InfraError) is retried in a new Pod. 3 by default.
     */
    backoffLimit?: number;
    /**
     * When to delete the job after it finished. Unset keeps it.
     */
    ttlSecondsAfterFinished?: number;
    /**
     * Jobs with a higher priority are started first; equal ones in the order of their creation. 0 by default.
     */
    priority?: number;
    /**
     * What each attempt may use. It is checked before each model call against what was spent so far, so a single call is not cut and may go over it; the call after that is refused and the job ends with BudgetExceeded.
     */
    budget?: {
      /**
       * The most that an attempt may cost, in US dollars, such as "0.50". Needs a price of the model in its RuneBackend.
       */
      maxCostUSD?: string;
      /**
       * The most input and output tokens together.
       */
      maxTokens?: number;
      /**
       * The most calls to the model.
       */
      maxModelCalls?: number;
    };
    /**
     * Where and with what the runner Pod runs.
     */
    pod?: {
      /**
       * The runner container's resources, in place of the operator's defaults.
       */
      resources?: {
        /**
         * The least that it gets.
         */
        requests?: {
          [k: string]: number | string;
        };
        /**
         * The most that it gets.
         */
        limits?: {
          [k: string]: number | string;
        };
      };
      /**
       * Labels of the nodes that may run it.
       */
      nodeSelector?: {
        [k: string]: string;
      };
      /**
       * Taints of nodes that it tolerates.
       */
      tolerations?: {
        /**
         * The taint's key; empty matches all.
         */
        key?: string;
        /**
         * How `value` is compared; Equal by default.
         */
        operator?: 'Exists' | 'Equal';
        /**
         * The taint's value.
         */
        value?: string;
        /**
         * The taint's effect; empty matches all.
         */
        effect?: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute';
        /**
         * How long a NoExecute taint is tolerated.
         */
        tolerationSeconds?: number;
      }[];
      /**
       * The RuntimeClass, such as one of gVisor.
       */
      runtimeClassName?: string;
      /**
       * The PriorityClass of the Pod.
       */
      priorityClassName?: string;
    };
  };
}
