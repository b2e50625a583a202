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
     * The agent runs in a container of its own beside the runner and serves the driver protocol on 127.0.0.1:7411 (runners/PROTOCOL.md). It sees the question, never the expected answer, a key or the runner's files. Exactly one of `container`, `openai` and `unavailable` must be set.
     */
    container?: {
      /**
       * The agent's image. Name it by its digest where results must be repeatable.
       */
      image: string;
      /**
       * In place of the image's entrypoint.
       */
      command?: string[];
      /**
       * In place of the image's command.
       */
      args?: string[];
      /**
       * Environment of the agent. No place for secrets, since everybody may read the catalogue.
       */
      env?: {
        /**
         * Name of the variable.
         */
        name: string;
        /**
         * Its value.
         */
        value: string;
      }[];
      /**
       * The agent container's resources, in place of the operator's defaults.
       */
      resources?: {
        /**
         * The least that it gets.
         */
        requests?: {
          [k: string]: number | string;
        };
        /**
         * The most that it gets. Above its memory it is ended, which counts as AgentError.
         */
        limits?: {
          [k: string]: number | string;
        };
      };
      /**
       * How long it may take, from the start of the runner, until the agent can be asked. After that the job ends with AgentError. 120 by default.
       */
      startTimeoutSeconds: number;
    };
    /**
     * Whether the agent looks at a cluster. A job that asks it must name the account that it looks with, in spec.pod.serviceAccountName.
     */
    needsKubernetes: boolean;
    /**
     * The model itself is the agent: it is asked directly, in the wire format of its backend. Exactly one of `container`, `openai` and `unavailable` must be set.
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
     * The agent runs in a container of its own beside the runner and serves the driver protocol on 127.0.0.1:7411 (runners/PROTOCOL.md). It sees the question, never the expected answer, a key or the runner's files. Exactly one of `container`, `openai` and `unavailable` must be set.
     */
    container?: {
      /**
       * The agent's image. Name it by its digest where results must be repeatable.
       */
      image: string;
      /**
       * In place of the image's entrypoint.
       */
      command?: string[];
      /**
       * In place of the image's command.
       */
      args?: string[];
      /**
       * Environment of the agent. No place for secrets, since everybody may read the catalogue.
       */
      env?: {
        /**
         * Name of the variable.
         */
        name: string;
        /**
         * Its value.
         */
        value: string;
      }[];
      /**
       * The agent container's resources, in place of the operator's defaults.
       */
      resources?: {
        /**
         * The least that it gets.
         */
        requests?: {
          [k: string]: number | string;
        };
        /**
         * The most that it gets. Above its memory it is ended, which counts as AgentError.
         */
        limits?: {
          [k: string]: number | string;
        };
      };
      /**
       * How long it may take, from the start of the runner, until the agent can be asked. After that the job ends with AgentError. 120 by default.
       */
      startTimeoutSeconds?: number;
    };
    /**
     * Whether the agent looks at a cluster. A job that asks it must name the account that it looks with, in spec.pod.serviceAccountName.
     */
    needsKubernetes?: boolean;
    /**
     * The model itself is the agent: it is asked directly, in the wire format of its backend. Exactly one of `container`, `openai` and `unavailable` must be set.
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
 * A RuneBenchmark says what to measure and when: agents x models x questions x trials, on a schedule, within a budget. Each run of it is a RuneRun, which it owns.
 */
export interface RuneBenchmark {
  apiVersion: 'bench.rune.ai/v1alpha1';
  kind: 'RuneBenchmark';
  metadata: ObjectMeta;
  /**
   * What to measure, and when.
   */
  spec: {
    /**
     * Who is asked. With each of the models an agent makes a cell.
     */
    agents: {
      /**
       * How results name it; the same agent may stand here several times with different options.
       */
      name: string;
      /**
       * The RuneAgent.
       */
      agentRef: {
        /**
         * Name of a RuneAgent (cluster-scoped).
         */
        name: string;
      };
      /**
       * What the agent's driver understands, see `options` of a RuneJob's agent.
       */
      options?: Record<string, unknown>;
    }[];
    /**
     * The models that each of the agents works with.
     */
    models: {
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
    }[];
    /**
     * RuneSuites of the same namespace whose questions are asked. Ids of questions must differ across all of them.
     */
    suiteRefs?: {
      /**
       * Name of the RuneSuite.
       */
      name: string;
      /**
       * Only questions with one of these tags; all by default.
       */
      tags?: string[];
    }[];
    /**
     * Questions of the benchmark itself.
     *
     * Items: A question.
     */
    questions?: {
      /**
       * How results name the question. Results of two runs are compared by it.
       */
      id: string;
      /**
       * What the question is about, for statistics of its kind and for runs of a part.
       */
      tags?: string[];
      /**
       * Whether a run does not meet its criteria when a cell fails this question in every trial.
       */
      critical: boolean;
      /**
       * How long an attempt at this question may take from the ask, instead of activeDeadlineSeconds.
       */
      timeoutSeconds?: number;
      /**
       * What the agent is asked.
       */
      prompt: string;
      /**
       * What the question is about, such as a log or a document. An `openai` agent gets it before the prompt.
       */
      context?: string;
      /**
       * A longer context, of up to 700 KiB, in a ConfigMap, instead of `context`.
       */
      contextFrom?: {
        /**
         * A key of a ConfigMap in the same namespace. It is read when a run starts; later changes concern the next run.
         */
        configMapKeyRef: {
          /**
           * Name of the ConfigMap.
           */
          name: string;
          /**
           * Key within its data.
           */
          key: string;
        };
      };
      /**
       * What the question is about, in the cluster: objects that the runner makes in the job's namespace before it asks, and takes away afterwards, whatever comes. They are made with the account of `pod.serviceAccountName`, or that of `pod.fixtureTokenSecret`. One job with fixtures runs in a namespace at a time.
       */
      fixtures?: {
        /**
         * The objects, of namespaced kinds, without a namespace.
         */
        manifests?: Record<string, unknown>[];
        /**
         * The objects, as YAML documents of up to 256 KiB in a ConfigMap, instead of `manifests`.
         */
        manifestsFrom?: {
          /**
           * A key of a ConfigMap in the same namespace. It is read when a run starts; later changes concern the next run.
           */
          configMapKeyRef: {
            /**
             * Name of the ConfigMap.
             */
            name: string;
            /**
             * Key within its data.
             */
            key: string;
          };
        };
        /**
         * What must be seen before the agent is asked; all of it, at the same time.
         */
        until?: {
          /**
           * Such as v1 or apps/v1.
           */
          apiVersion: string;
          /**
           * Such as Pod.
           */
          kind: string;
          /**
           * The object's name.
           */
          name?: string;
          /**
           * Of any such object, such as app=web. Exactly one of name and labelSelector must be set.
           */
          labelSelector?: string;
          /**
           * A query in the syntax of RFC 9535, such as $.status.containerStatuses[*].state.waiting.reason. It must select something.
           */
          jsonPath: string;
          /**
           * One of the values that the query selects must equal this one.
           */
          value?: unknown;
        }[];
        /**
         * How long making them and waiting for `until` may take. After that the attempt ends with InfraError. 120 by default.
         */
        timeoutSeconds: number;
      };
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
        /**
         * A JSON Schema that the answer, read as JSON, or the agent's findings must meet. JSON of more than 1,048,576 characters or 100,000 values, or deeper than 128, does not meet it, nor does what cannot be decided within 5 seconds.
         */
        jsonSchema?: {
          /**
           * Answer: the answer is read as JSON, a Markdown fence around it aside. Findings: the list of what the agent found, in its structured form. Answer by default.
           */
          of: 'Answer' | 'Findings';
          /**
           * In the dialect of draft 2020-12. Patterns are RE2, `format` is not checked, and unknown keywords and references to other documents end the job with ScorerError.
           */
          schema: Record<string, unknown>;
        };
        /**
         * A query that must select something in the answer, read as JSON, or in the agent's findings. JSON of more than 1,048,576 characters or 100,000 values, or deeper than 128, does not meet it, nor does what cannot be decided within 5 seconds.
         */
        jsonPath?: {
          /**
           * Answer: the answer is read as JSON, a Markdown fence around it aside. Findings: the list of what the agent found, in its structured form. Answer by default.
           */
          of: 'Answer' | 'Findings';
          /**
           * In the syntax of RFC 9535, such as $[?@.kind == 'Pod'].name. The expressions of match() and search() are RE2.
           */
          path: string;
          /**
           * One of the values that the query selects must equal this one.
           */
          value?: unknown;
        };
        /**
         * Names of tools that the agent must, or must not, have called, and how often it called any: those that the meter saw the model ask for, and those that the agent's driver tells of. All of the given fields must hold.
         */
        toolCalls?: {
          /**
           * Each of these must have been called.
           */
          all?: string[];
          /**
           * At least one of these must have been called.
           */
          any?: string[];
          /**
           * None of these may have been called.
           */
          none?: string[];
          /**
           * The most calls of any tool.
           */
          max?: number;
          /**
           * The least calls of any tool.
           */
          min?: number;
        };
      }[];
      /**
       * The least score, per mille, that passes. 1000 by default.
       */
      passMarkPermille: number;
    }[];
    /**
     * How often each agent with each model is asked each question. 1 by default.
     */
    trials: number;
    /**
     * When to run, in the syntax of CronJob (five fields, or @hourly, @daily, @weekly, @monthly, @yearly). Unset runs only on change and by hand.
     */
    schedule?: string;
    /**
     * Of the schedule, a name of the IANA database such as Europe/Berlin. Etc/UTC when unset.
     */
    timeZone?: string;
    /**
     * How late a run may be made that could not be made on time, as a CronJob's. Unset has no limit; 0 makes none at all.
     */
    startingDeadlineSeconds?: number;
    /**
     * What happens when a run is due while another has not finished. Allow: both run. Forbid: the new one waits, and of several only the newest is made. Replace: the old one is cancelled first, unless it was made by hand. Forbid by default, since runs beside each other change each other's latency.
     */
    concurrencyPolicy: 'Allow' | 'Forbid' | 'Replace';
    /**
     * Whether to make no more runs. Runs that exist go on.
     */
    suspend: boolean;
    /**
     * Whether to run once for the first spec and for each change of what a run measures. True by default where there is no schedule.
     */
    runOnChange?: boolean;
    /**
     * The most unfinished RuneJobs of a run at a time; maxConcurrentJobs of the backends bounds them, too. 10 by default.
     */
    parallelism: number;
    /**
     * In which order the jobs are made. Interleaved: cells take turns, questions in a random order drawn from the run's seed, so that what changes over time meets all cells alike. Sequential: cell by cell, questions in their order. Interleaved by default.
     */
    order: 'Interleaved' | 'Sequential';
    /**
     * What a run may cost.
     */
    budget?: {
      /**
       * The most, in US dollars, such as "5.00". What has been spent and what is reserved for jobs in progress counts. Needs prices of all models, and an estimate, before a run starts.
       */
      maxCostUSD: string;
    };
    /**
     * What a job is assumed to use as long as no earlier run tells it; for estimates.
     */
    assumedUsage?: {
      /**
       * Input tokens of all model calls of a job.
       */
      inputTokens: number;
      /**
       * Output tokens of all model calls of a job.
       */
      outputTokens: number;
    };
    /**
     * What a run must reach for its condition CriteriaMet to become True; with nothing else, that no case lacks a measurement.
     */
    passCriteria?: {
      /**
       * The least pass rate of every cell, per mille of what was measured. It must be reached, too, if the cases that dropped out had failed.
       */
      minPassPermille?: number;
      /**
       * The most that the 95th percentile of the time from ask to answer may be, in every cell. Not met where more than 5 % of the cases timed out or dropped out.
       */
      maxP95LatencySeconds?: number;
      /**
       * The most that the whole run may cost, in US dollars, such as "5.00". A run of unknown cost does not meet it.
       */
      maxCostUSD?: string;
      /**
       * How many of a cell's cases may lack a measurement, per mille. 0 by default, since a missing case is not a passing one.
       */
      maxUnmeasuredPermille: number;
    };
    /**
     * What a finished run is compared with.
     */
    baselineRef?: {
      /**
       * Name of a finished RuneRun in the same namespace.
       */
      name?: string;
      /**
       * LastPassed: the newest finished run of this benchmark that met its criteria (or, where there are none, succeeded) and had not regressed.
       */
      policy?: 'LastPassed';
    };
    /**
     * What all RuneJobs of a run have in common. Empty by default.
     */
    jobTemplate: {
      /**
       * Labels of the RuneJobs, such as Kueue's queue-name. Those of bench.rune.ai are the operator's.
       */
      labels?: {
        [k: string]: string;
      };
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
       * When to delete the RuneJobs after their run finished. What the run found stays in its status. 86400, a day, by default.
       */
      ttlSecondsAfterFinished: number;
      /**
       * Jobs with a higher priority are started first; equal ones in the order of their creation. 0 by default.
       */
      priority: number;
      /**
       * What each attempt of each job may use. It is checked before each model call against what was spent so far, so a single call is not cut and may go over it; the call after that is refused and the job ends with BudgetExceeded.
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
        /**
         * The account of this namespace with which the agent looks at the cluster, and with which fixtures are made. Its token is mounted into the agent's container, and into the runner's only where there are fixtures. Without it neither gets one. The condition ExpectedAnswersReadable says whether it can read too much.
         */
        serviceAccountName?: string;
        /**
         * Name of a Secret of type kubernetes.io/service-account-token with which fixtures are made, in place of the account of `serviceAccountName`, so that the agent's account need not be able to make them.
         */
        fixtureTokenSecret?: string;
      };
    };
    /**
     * How many finished runs that succeeded are kept, runs by hand included. The baseline is kept in any case. 10 by default.
     */
    successfulRunsHistoryLimit: number;
    /**
     * How many finished runs that did not succeed are kept. 3 by default.
     */
    failedRunsHistoryLimit: number;
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
     * Agents x models.
     */
    cells?: number;
    /**
     * Questions of the suites, as far as they are there, and of the benchmark itself.
     */
    questions?: number;
    /**
     * Jobs of a run.
     */
    jobs?: number;
    /**
     * Names of the runs that have not finished; at most 16.
     */
    active?: string[];
    /**
     * The schedule's last time that was acted upon.
     */
    lastScheduleTime?: string;
    /**
     * Since when the schedule counts. Times before it are not made up for.
     */
    scheduleStartTime?: string;
    /**
     * The schedule's next time; absent without a schedule and while suspended.
     */
    nextScheduleTime?: string;
    /**
     * When a run last succeeded.
     */
    lastSuccessfulTime?: string;
    /**
     * The generation of the spec for which runOnChange last made a run.
     */
    lastRunGeneration?: number;
    /**
     * Of what that spec measures; a change of the rest, such as of the schedule, makes no run.
     */
    lastRunSHA256?: string;
    /**
     * The newest finished run.
     */
    lastRun?: {
      /**
       * Its name.
       */
      name: string;
      /**
       * The reason of its condition Finished.
       */
      outcome: string;
      /**
       * When it finished.
       */
      completionTime?: string;
      /**
       * Its pass rate, as in its own column.
       */
      pass?: string;
      /**
       * Its cost, as in its own column.
       */
      cost?: string;
    };
    /**
     * What the next run will cost; absent while nothing can be said.
     */
    estimate?: {
      /**
       * It will hardly cost less, in millionths of a US dollar.
       */
      lowMicroUSD?: number;
      /**
       * What it is expected to cost.
       */
      expectedMicroUSD?: number;
      /**
       * It will hardly cost more.
       */
      highMicroUSD?: number;
      /**
       * What is reserved for each job in progress.
       */
      jobMicroUSD?: number;
      /**
       * How sure it is: many earlier jobs of the same cells, some, or none.
       */
      confidence?: 'High' | 'Medium' | 'Low';
      /**
       * What it rests on: earlier runs, assumedUsage, the length of the questions, or prices of zero. The weakest one of all cells.
       */
      basis?: 'History' | 'Assumed' | 'Text' | 'Free';
      /**
       * How many jobs it is about.
       */
      jobs?: number;
    };
    /**
     * Ready, Suspended, and CriteriaMet and Regressed of the newest finished run.
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
 * A RuneBenchmark says what to measure and when: agents x models x questions x trials, on a schedule, within a budget. Each run of it is a RuneRun, which it owns.
 */
export interface RuneBenchmarkManifest {
  apiVersion: 'bench.rune.ai/v1alpha1';
  kind: 'RuneBenchmark';
  metadata: ObjectMeta;
  /**
   * What to measure, and when.
   */
  spec: {
    /**
     * Who is asked. With each of the models an agent makes a cell.
     */
    agents: {
      /**
       * How results name it; the same agent may stand here several times with different options.
       */
      name: string;
      /**
       * The RuneAgent.
       */
      agentRef: {
        /**
         * Name of a RuneAgent (cluster-scoped).
         */
        name: string;
      };
      /**
       * What the agent's driver understands, see `options` of a RuneJob's agent.
       */
      options?: Record<string, unknown>;
    }[];
    /**
     * The models that each of the agents works with.
     */
    models: {
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
    }[];
    /**
     * RuneSuites of the same namespace whose questions are asked. Ids of questions must differ across all of them.
     */
    suiteRefs?: {
      /**
       * Name of the RuneSuite.
       */
      name: string;
      /**
       * Only questions with one of these tags; all by default.
       */
      tags?: string[];
    }[];
    /**
     * Questions of the benchmark itself.
     *
     * Items: A question.
     */
    questions?: {
      /**
       * How results name the question. Results of two runs are compared by it.
       */
      id: string;
      /**
       * What the question is about, for statistics of its kind and for runs of a part.
       */
      tags?: string[];
      /**
       * Whether a run does not meet its criteria when a cell fails this question in every trial.
       */
      critical?: boolean;
      /**
       * How long an attempt at this question may take from the ask, instead of activeDeadlineSeconds.
       */
      timeoutSeconds?: number;
      /**
       * What the agent is asked.
       */
      prompt: string;
      /**
       * What the question is about, such as a log or a document. An `openai` agent gets it before the prompt.
       */
      context?: string;
      /**
       * A longer context, of up to 700 KiB, in a ConfigMap, instead of `context`.
       */
      contextFrom?: {
        /**
         * A key of a ConfigMap in the same namespace. It is read when a run starts; later changes concern the next run.
         */
        configMapKeyRef: {
          /**
           * Name of the ConfigMap.
           */
          name: string;
          /**
           * Key within its data.
           */
          key: string;
        };
      };
      /**
       * What the question is about, in the cluster: objects that the runner makes in the job's namespace before it asks, and takes away afterwards, whatever comes. They are made with the account of `pod.serviceAccountName`, or that of `pod.fixtureTokenSecret`. One job with fixtures runs in a namespace at a time.
       */
      fixtures?: {
        /**
         * The objects, of namespaced kinds, without a namespace.
         */
        manifests?: Record<string, unknown>[];
        /**
         * The objects, as YAML documents of up to 256 KiB in a ConfigMap, instead of `manifests`.
         */
        manifestsFrom?: {
          /**
           * A key of a ConfigMap in the same namespace. It is read when a run starts; later changes concern the next run.
           */
          configMapKeyRef: {
            /**
             * Name of the ConfigMap.
             */
            name: string;
            /**
             * Key within its data.
             */
            key: string;
          };
        };
        /**
         * What must be seen before the agent is asked; all of it, at the same time.
         */
        until?: {
          /**
           * Such as v1 or apps/v1.
           */
          apiVersion: string;
          /**
           * Such as Pod.
           */
          kind: string;
          /**
           * The object's name.
           */
          name?: string;
          /**
           * Of any such object, such as app=web. Exactly one of name and labelSelector must be set.
           */
          labelSelector?: string;
          /**
           * A query in the syntax of RFC 9535, such as $.status.containerStatuses[*].state.waiting.reason. It must select something.
           */
          jsonPath: string;
          /**
           * One of the values that the query selects must equal this one.
           */
          value?: unknown;
        }[];
        /**
         * How long making them and waiting for `until` may take. After that the attempt ends with InfraError. 120 by default.
         */
        timeoutSeconds?: number;
      };
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
        /**
         * A JSON Schema that the answer, read as JSON, or the agent's findings must meet. JSON of more than 1,048,576 characters or 100,000 values, or deeper than 128, does not meet it, nor does what cannot be decided within 5 seconds.
         */
        jsonSchema?: {
          /**
           * Answer: the answer is read as JSON, a Markdown fence around it aside. Findings: the list of what the agent found, in its structured form. Answer by default.
           */
          of?: 'Answer' | 'Findings';
          /**
           * In the dialect of draft 2020-12. Patterns are RE2, `format` is not checked, and unknown keywords and references to other documents end the job with ScorerError.
           */
          schema: Record<string, unknown>;
        };
        /**
         * A query that must select something in the answer, read as JSON, or in the agent's findings. JSON of more than 1,048,576 characters or 100,000 values, or deeper than 128, does not meet it, nor does what cannot be decided within 5 seconds.
         */
        jsonPath?: {
          /**
           * Answer: the answer is read as JSON, a Markdown fence around it aside. Findings: the list of what the agent found, in its structured form. Answer by default.
           */
          of?: 'Answer' | 'Findings';
          /**
           * In the syntax of RFC 9535, such as $[?@.kind == 'Pod'].name. The expressions of match() and search() are RE2.
           */
          path: string;
          /**
           * One of the values that the query selects must equal this one.
           */
          value?: unknown;
        };
        /**
         * Names of tools that the agent must, or must not, have called, and how often it called any: those that the meter saw the model ask for, and those that the agent's driver tells of. All of the given fields must hold.
         */
        toolCalls?: {
          /**
           * Each of these must have been called.
           */
          all?: string[];
          /**
           * At least one of these must have been called.
           */
          any?: string[];
          /**
           * None of these may have been called.
           */
          none?: string[];
          /**
           * The most calls of any tool.
           */
          max?: number;
          /**
           * The least calls of any tool.
           */
          min?: number;
        };
      }[];
      /**
       * The least score, per mille, that passes. 1000 by default.
       */
      passMarkPermille?: number;
    }[];
    /**
     * How often each agent with each model is asked each question. 1 by default.
     */
    trials?: number;
    /**
     * When to run, in the syntax of CronJob (five fields, or @hourly, @daily, @weekly, @monthly, @yearly). Unset runs only on change and by hand.
     */
    schedule?: string;
    /**
     * Of the schedule, a name of the IANA database such as Europe/Berlin. Etc/UTC when unset.
     */
    timeZone?: string;
    /**
     * How late a run may be made that could not be made on time, as a CronJob's. Unset has no limit; 0 makes none at all.
     */
    startingDeadlineSeconds?: number;
    /**
     * What happens when a run is due while another has not finished. Allow: both run. Forbid: the new one waits, and of several only the newest is made. Replace: the old one is cancelled first, unless it was made by hand. Forbid by default, since runs beside each other change each other's latency.
     */
    concurrencyPolicy?: 'Allow' | 'Forbid' | 'Replace';
    /**
     * Whether to make no more runs. Runs that exist go on.
     */
    suspend?: boolean;
    /**
     * Whether to run once for the first spec and for each change of what a run measures. True by default where there is no schedule.
     */
    runOnChange?: boolean;
    /**
     * The most unfinished RuneJobs of a run at a time; maxConcurrentJobs of the backends bounds them, too. 10 by default.
     */
    parallelism?: number;
    /**
     * In which order the jobs are made. Interleaved: cells take turns, questions in a random order drawn from the run's seed, so that what changes over time meets all cells alike. Sequential: cell by cell, questions in their order. Interleaved by default.
     */
    order?: 'Interleaved' | 'Sequential';
    /**
     * What a run may cost.
     */
    budget?: {
      /**
       * The most, in US dollars, such as "5.00". What has been spent and what is reserved for jobs in progress counts. Needs prices of all models, and an estimate, before a run starts.
       */
      maxCostUSD: string;
    };
    /**
     * What a job is assumed to use as long as no earlier run tells it; for estimates.
     */
    assumedUsage?: {
      /**
       * Input tokens of all model calls of a job.
       */
      inputTokens: number;
      /**
       * Output tokens of all model calls of a job.
       */
      outputTokens: number;
    };
    /**
     * What a run must reach for its condition CriteriaMet to become True; with nothing else, that no case lacks a measurement.
     */
    passCriteria?: {
      /**
       * The least pass rate of every cell, per mille of what was measured. It must be reached, too, if the cases that dropped out had failed.
       */
      minPassPermille?: number;
      /**
       * The most that the 95th percentile of the time from ask to answer may be, in every cell. Not met where more than 5 % of the cases timed out or dropped out.
       */
      maxP95LatencySeconds?: number;
      /**
       * The most that the whole run may cost, in US dollars, such as "5.00". A run of unknown cost does not meet it.
       */
      maxCostUSD?: string;
      /**
       * How many of a cell's cases may lack a measurement, per mille. 0 by default, since a missing case is not a passing one.
       */
      maxUnmeasuredPermille?: number;
    };
    /**
     * What a finished run is compared with.
     */
    baselineRef?: {
      /**
       * Name of a finished RuneRun in the same namespace.
       */
      name?: string;
      /**
       * LastPassed: the newest finished run of this benchmark that met its criteria (or, where there are none, succeeded) and had not regressed.
       */
      policy?: 'LastPassed';
    };
    /**
     * What all RuneJobs of a run have in common. Empty by default.
     */
    jobTemplate?: {
      /**
       * Labels of the RuneJobs, such as Kueue's queue-name. Those of bench.rune.ai are the operator's.
       */
      labels?: {
        [k: string]: string;
      };
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
       * When to delete the RuneJobs after their run finished. What the run found stays in its status. 86400, a day, by default.
       */
      ttlSecondsAfterFinished?: number;
      /**
       * Jobs with a higher priority are started first; equal ones in the order of their creation. 0 by default.
       */
      priority?: number;
      /**
       * What each attempt of each job may use. It is checked before each model call against what was spent so far, so a single call is not cut and may go over it; the call after that is refused and the job ends with BudgetExceeded.
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
        /**
         * The account of this namespace with which the agent looks at the cluster, and with which fixtures are made. Its token is mounted into the agent's container, and into the runner's only where there are fixtures. Without it neither gets one. The condition ExpectedAnswersReadable says whether it can read too much.
         */
        serviceAccountName?: string;
        /**
         * Name of a Secret of type kubernetes.io/service-account-token with which fixtures are made, in place of the account of `serviceAccountName`, so that the agent's account need not be able to make them.
         */
        fixtureTokenSecret?: string;
      };
    };
    /**
     * How many finished runs that succeeded are kept, runs by hand included. The baseline is kept in any case. 10 by default.
     */
    successfulRunsHistoryLimit?: number;
    /**
     * How many finished runs that did not succeed are kept. 3 by default.
     */
    failedRunsHistoryLimit?: number;
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
      /**
       * The prices that costs are computed with, instead of those of the RuneBackend. A run freezes them when it starts.
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
       * What the question is about, such as a log or a document. An `openai` agent gets it before the prompt.
       */
      context?: string;
      /**
       * What the question is about, in the cluster: objects that the runner makes in the job's namespace before it asks, and takes away afterwards, whatever comes. They are made with the account of `pod.serviceAccountName`, or that of `pod.fixtureTokenSecret`. One job with fixtures runs in a namespace at a time.
       */
      fixtures?: {
        /**
         * The objects, of namespaced kinds, without a namespace.
         */
        manifests: Record<string, unknown>[];
        /**
         * What must be seen before the agent is asked; all of it, at the same time.
         */
        until?: {
          /**
           * Such as v1 or apps/v1.
           */
          apiVersion: string;
          /**
           * Such as Pod.
           */
          kind: string;
          /**
           * The object's name.
           */
          name?: string;
          /**
           * Of any such object, such as app=web. Exactly one of name and labelSelector must be set.
           */
          labelSelector?: string;
          /**
           * A query in the syntax of RFC 9535, such as $.status.containerStatuses[*].state.waiting.reason. It must select something.
           */
          jsonPath: string;
          /**
           * One of the values that the query selects must equal this one.
           */
          value?: unknown;
        }[];
        /**
         * How long making them and waiting for `until` may take. After that the attempt ends with InfraError. 120 by default.
         */
        timeoutSeconds: number;
      };
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
        /**
         * A JSON Schema that the answer, read as JSON, or the agent's findings must meet. JSON of more than 1,048,576 characters or 100,000 values, or deeper than 128, does not meet it, nor does what cannot be decided within 5 seconds.
         */
        jsonSchema?: {
          /**
           * Answer: the answer is read as JSON, a Markdown fence around it aside. Findings: the list of what the agent found, in its structured form. Answer by default.
           */
          of: 'Answer' | 'Findings';
          /**
           * In the dialect of draft 2020-12. Patterns are RE2, `format` is not checked, and unknown keywords and references to other documents end the job with ScorerError.
           */
          schema: Record<string, unknown>;
        };
        /**
         * A query that must select something in the answer, read as JSON, or in the agent's findings. JSON of more than 1,048,576 characters or 100,000 values, or deeper than 128, does not meet it, nor does what cannot be decided within 5 seconds.
         */
        jsonPath?: {
          /**
           * Answer: the answer is read as JSON, a Markdown fence around it aside. Findings: the list of what the agent found, in its structured form. Answer by default.
           */
          of: 'Answer' | 'Findings';
          /**
           * In the syntax of RFC 9535, such as $[?@.kind == 'Pod'].name. The expressions of match() and search() are RE2.
           */
          path: string;
          /**
           * One of the values that the query selects must equal this one.
           */
          value?: unknown;
        };
        /**
         * Names of tools that the agent must, or must not, have called, and how often it called any: those that the meter saw the model ask for, and those that the agent's driver tells of. All of the given fields must hold.
         */
        toolCalls?: {
          /**
           * Each of these must have been called.
           */
          all?: string[];
          /**
           * At least one of these must have been called.
           */
          any?: string[];
          /**
           * None of these may have been called.
           */
          none?: string[];
          /**
           * The most calls of any tool.
           */
          max?: number;
          /**
           * The least calls of any tool.
           */
          min?: number;
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
      /**
       * Whether the question has fixtures, which cannot be seen from outside of the Secret. Without it they are not made and the attempt ends with InfraError.
       */
      hasFixtures: boolean;
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
     * When to delete the job after it finished; a job of a run, after the run finished. Unset keeps it.
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
      /**
       * The account of this namespace with which the agent looks at the cluster, and with which fixtures are made. Its token is mounted into the agent's container, and into the runner's only where there are fixtures. Without it neither gets one. The condition ExpectedAnswersReadable says whether it can read too much.
       */
      serviceAccountName?: string;
      /**
       * Name of a Secret of type kubernetes.io/service-account-token with which fixtures are made, in place of the account of `serviceAccountName`, so that the agent's account need not be able to make them.
       */
      fixtureTokenSecret?: string;
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
     * Started (False says why not yet), Finished (True at any end), Succeeded (True when a measurement exists), Suspended; Archived (whether the last attempt lies in S3); ExpectedAnswersReadable (for a job with an account: whether it could read expected answers); Reconciling and Stalled only when true.
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
       * exact, contains, regex, number, jsonSchema, jsonPath or toolCalls.
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
       * From the start of the runner until the agent could be asked; until it was, where there are no fixtures.
       */
      agentStartMilliseconds?: number;
      /**
       * From then until the fixtures were there and the agent was asked; absent where there are none.
       */
      fixturesMilliseconds?: number;
      /**
       * From the ask to the first call of the model: what the agent takes to start.
       */
      firstCallMilliseconds?: number;
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
     * What the agent found, in its structured form.
     */
    findings?: {
      /**
       * How many.
       */
      count?: number;
      /**
       * Of their canonical JSON (RFC 8785).
       */
      sha256?: string;
    };
    /**
     * Where result, answer, events and artifacts of the last attempt lie in S3; see the condition Archived.
     */
    archive?: {
      /**
       * Of the folder, such as s3://bucket/prefix/namespace/run/job/1/.
       */
      uri?: string;
      /**
       * Of result.json in it, which holds the sha256 of all other files.
       */
      sha256?: string;
    };
    /**
     * The first of the files that the agent made, in the order of their names.
     */
    artifacts?: {
      /**
       * Path below the folder of artifacts.
       */
      name: string;
      /**
       * Media type, by the file's name and beginning.
       */
      type: string;
      /**
       * Its length.
       */
      bytes: number;
      /**
       * Of its content.
       */
      sha256: string;
    }[];
    /**
     * Artifacts that are not in the list; the event lines name them.
     */
    artifactsOmitted?: number;
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
       * The agent's image with its digest.
       */
      agentImage?: string;
      /**
       * The agent's version, as its driver tells it.
       */
      agentVersion?: string;
      /**
       * The driver, as it calls itself.
       */
      driver?: string;
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
      /**
       * The prices that costs are computed with, instead of those of the RuneBackend. A run freezes them when it starts.
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
       * What the question is about, such as a log or a document. An `openai` agent gets it before the prompt.
       */
      context?: string;
      /**
       * What the question is about, in the cluster: objects that the runner makes in the job's namespace before it asks, and takes away afterwards, whatever comes. They are made with the account of `pod.serviceAccountName`, or that of `pod.fixtureTokenSecret`. One job with fixtures runs in a namespace at a time.
       */
      fixtures?: {
        /**
         * The objects, of namespaced kinds, without a namespace.
         */
        manifests: Record<string, unknown>[];
        /**
         * What must be seen before the agent is asked; all of it, at the same time.
         */
        until?: {
          /**
           * Such as v1 or apps/v1.
           */
          apiVersion: string;
          /**
           * Such as Pod.
           */
          kind: string;
          /**
           * The object's name.
           */
          name?: string;
          /**
           * Of any such object, such as app=web. Exactly one of name and labelSelector must be set.
           */
          labelSelector?: string;
          /**
           * A query in the syntax of RFC 9535, such as $.status.containerStatuses[*].state.waiting.reason. It must select something.
           */
          jsonPath: string;
          /**
           * One of the values that the query selects must equal this one.
           */
          value?: unknown;
        }[];
        /**
         * How long making them and waiting for `until` may take. After that the attempt ends with InfraError. 120 by default.
         */
        timeoutSeconds?: number;
      };
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
        /**
         * A JSON Schema that the answer, read as JSON, or the agent's findings must meet. JSON of more than 1,048,576 characters or 100,000 values, or deeper than 128, does not meet it, nor does what cannot be decided within 5 seconds.
         */
        jsonSchema?: {
          /**
           * Answer: the answer is read as JSON, a Markdown fence around it aside. Findings: the list of what the agent found, in its structured form. Answer by default.
           */
          of?: 'Answer' | 'Findings';
          /**
           * In the dialect of draft 2020-12. Patterns are RE2, `format` is not checked, and unknown keywords and references to other documents end the job with ScorerError.
           */
          schema: Record<string, unknown>;
        };
        /**
         * A query that must select something in the answer, read as JSON, or in the agent's findings. JSON of more than 1,048,576 characters or 100,000 values, or deeper than 128, does not meet it, nor does what cannot be decided within 5 seconds.
         */
        jsonPath?: {
          /**
           * Answer: the answer is read as JSON, a Markdown fence around it aside. Findings: the list of what the agent found, in its structured form. Answer by default.
           */
          of?: 'Answer' | 'Findings';
          /**
           * In the syntax of RFC 9535, such as $[?@.kind == 'Pod'].name. The expressions of match() and search() are RE2.
           */
          path: string;
          /**
           * One of the values that the query selects must equal this one.
           */
          value?: unknown;
        };
        /**
         * Names of tools that the agent must, or must not, have called, and how often it called any: those that the meter saw the model ask for, and those that the agent's driver tells of. All of the given fields must hold.
         */
        toolCalls?: {
          /**
           * Each of these must have been called.
           */
          all?: string[];
          /**
           * At least one of these must have been called.
           */
          any?: string[];
          /**
           * None of these may have been called.
           */
          none?: string[];
          /**
           * The most calls of any tool.
           */
          max?: number;
          /**
           * The least calls of any tool.
           */
          min?: number;
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
      /**
       * Whether the question has fixtures, which cannot be seen from outside of the Secret. Without it they are not made and the attempt ends with InfraError.
       */
      hasFixtures?: boolean;
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
     * When to delete the job after it finished; a job of a run, after the run finished. Unset keeps it.
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
      /**
       * The account of this namespace with which the agent looks at the cluster, and with which fixtures are made. Its token is mounted into the agent's container, and into the runner's only where there are fixtures. Without it neither gets one. The condition ExpectedAnswersReadable says whether it can read too much.
       */
      serviceAccountName?: string;
      /**
       * Name of a Secret of type kubernetes.io/service-account-token with which fixtures are made, in place of the account of `serviceAccountName`, so that the agent's account need not be able to make them.
       */
      fixtureTokenSecret?: string;
    };
  };
}

/**
 * A RuneRun is one execution of a RuneBenchmark. It freezes what the benchmark and its suites say when it starts, makes the RuneJobs, and holds what they found. Made by the schedule, by a change, or by hand.
 */
export interface RuneRun {
  apiVersion: 'bench.rune.ai/v1alpha1';
  kind: 'RuneRun';
  metadata: ObjectMeta;
  /**
   * What to run. Immutable, but for `suspend` and `cancel`.
   */
  spec: {
    /**
     * The benchmark. It becomes the run's owner.
     */
    benchmarkRef: {
      /**
       * Name of a RuneBenchmark in the same namespace.
       */
      name: string;
    };
    /**
     * What made the run. Manual by default.
     */
    trigger: 'Manual' | 'Schedule' | 'Change';
    /**
     * Draws the order of the jobs, and goes with the trial's number to the model where its backend takes a seed. Drawn from the run's uid when unset; the status tells it.
     */
    seed?: number;
    /**
     * Whether to show the estimate and wait. It can be lifted, not set.
     */
    suspend: boolean;
    /**
     * Set to true to end the run for good. What has been measured stays. Cannot be taken back.
     */
    cancel: boolean;
    /**
     * A part of the benchmark, or another number of trials.
     */
    overrides?: {
      /**
       * Names of the benchmark's agents that take part; all by default.
       */
      agents?: string[];
      /**
       * Names of the benchmark's models that take part; all by default.
       */
      models?: string[];
      /**
       * Only questions with one of these tags; all by default.
       */
      tags?: string[];
      /**
       * Instead of the benchmark's.
       */
      trials?: number;
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
     * When the content was frozen and the first job could be made.
     */
    startTime?: string;
    /**
     * When the run finished.
     */
    completionTime?: string;
    /**
     * What the order was drawn from.
     */
    seed?: number;
    /**
     * What was frozen at the start.
     */
    pinned?: {
      /**
       * The ControllerRevision that holds all but the questions.
       */
      revision?: string;
      /**
       * Secrets that hold the questions.
       */
      secrets?: number;
      /**
       * Of the canonical JSON (RFC 8785) of all that decides on results: agents, models, options, questions, trials, limits.
       */
      sha256?: string;
      /**
       * metadata.generation of the RuneBenchmark.
       */
      benchmarkGeneration?: number;
      /**
       * How often each question is asked in each cell.
       */
      trials?: number;
      /**
       * Of the prices of all models, with which all costs of the run are computed.
       */
      pricesSHA256?: string;
    };
    /**
     * The run that this one is compared with, chosen at the start. It is kept until then.
     */
    baseline?: {
      /**
       * Name of the RuneRun.
       */
      name: string;
      /**
       * Its metadata.uid.
       */
      uid: string;
    };
    /**
     * The questions, in the order of `cases`.
     */
    questions?: {
      /**
       * Its id.
       */
      id: string;
      /**
       * The beginning of the sha256 of its canonical JSON; questions of two runs are compared only where it is the same.
       */
      sha256: string;
      /**
       * Present when true.
       */
      critical?: boolean;
    }[];
    /**
     * What the run will cost, by what was known before it started; absent when nothing could be said.
     */
    estimate?: {
      /**
       * It will hardly cost less, in millionths of a US dollar.
       */
      lowMicroUSD?: number;
      /**
       * What it is expected to cost.
       */
      expectedMicroUSD?: number;
      /**
       * It will hardly cost more.
       */
      highMicroUSD?: number;
      /**
       * What is reserved for each job in progress.
       */
      jobMicroUSD?: number;
      /**
       * How sure it is: many earlier jobs of the same cells, some, or none.
       */
      confidence?: 'High' | 'Medium' | 'Low';
      /**
       * What it rests on: earlier runs, assumedUsage, the length of the questions, or prices of zero. The weakest one of all cells.
       */
      basis?: 'History' | 'Assumed' | 'Text' | 'Free';
      /**
       * How many jobs it is about.
       */
      jobs?: number;
    };
    /**
     * How far the run is.
     */
    jobs?: {
      /**
       * Cases of all cells.
       */
      total?: number;
      /**
       * RuneJobs made so far.
       */
      created?: number;
      /**
       * Those that finished, deleted ones included.
       */
      finished?: number;
      /**
       * Those that were deleted before the run ended. They count as unmeasured.
       */
      deleted?: number;
    };
    /**
     * Finished jobs by outcome; those with none are left out.
     */
    outcomes?: {
      [k: string]: number;
    };
    /**
     * What was spent so far, in millionths of a US dollar. A job that was deleted before it was counted is charged what was reserved for it.
     */
    costMicroUSD?: number;
    /**
     * What is reserved for the jobs in progress.
     */
    reservedMicroUSD?: number;
    /**
     * Those of costMicroUSD that were charged for deleted jobs.
     */
    deletedMicroUSD?: number;
    /**
     * What was found, by agent and model.
     */
    cells?: {
      /**
       * Name of the agent in the benchmark.
       */
      agent: string;
      /**
       * Name of the model.
       */
      model: string;
      /**
       * Cases of the cell: questions x trials.
       */
      jobs: number;
      /**
       * Cases that count, the n of the rates: Passed, Failed, AgentError and AgentTimeout.
       */
      measured: number;
      /**
       * Those of measured that passed.
       */
      passed: number;
      /**
       * Cases that ended without a measurement, or whose job was deleted.
       */
      unmeasured: number;
      /**
       * passed per mille of measured; absent while that is 0.
       */
      passPermille?: number;
      /**
       * Lower end of the 95 % interval of the pass rate.
       */
      lowPermille?: number;
      /**
       * Upper end.
       */
      highPermille?: number;
      /**
       * pass^k for k = trials: how likely all trials of a question pass, estimated over its measured trials.
       */
      passAllPermille?: number;
      /**
       * pass@k for k = trials: how likely at least one of the trials of a question passes.
       */
      passAnyPermille?: number;
      /**
       * Questions that passed in some of their trials and failed in others, per mille of those with at least two measured trials.
       */
      flakyPermille?: number;
      /**
       * Cases without anything to score against.
       */
      answered?: number;
      /**
       * From ask to answer, of the measured cases that answered.
       */
      latency?: {
        /**
         * The median.
         */
        p50Milliseconds?: number;
        /**
         * The 95th percentile.
         */
        p95Milliseconds?: number;
      };
      /**
       * Cases that met AgentTimeout, of those measured.
       */
      timeouts?: number;
      /**
       * Tokens of the measured cases, for later estimates.
       */
      usage?: {
        /**
         * Jobs that it is about.
         */
        jobs?: number;
        /**
         * Input tokens of all of them.
         */
        inputTokens?: number;
        /**
         * Output tokens of all of them.
         */
        outputTokens?: number;
        /**
         * Those of inputTokens that came from a cache.
         */
        cachedTokens?: number;
        /**
         * Standard deviation of a job's input tokens, rounded up.
         */
        inputDeviation?: number;
        /**
         * Standard deviation of a job's output tokens, rounded up.
         */
        outputDeviation?: number;
        /**
         * The most input tokens of a job.
         */
        maxInputTokens?: number;
        /**
         * The most output tokens of a job.
         */
        maxOutputTokens?: number;
      };
      /**
       * Cost of all jobs and all their attempts; absent while no price is known.
       */
      costMicroUSD?: number;
      /**
       * Attempts that ended with infrastructure trouble and were made again.
       */
      retries?: number;
      /**
       * The most other jobs in progress on the backend when a job was started. Load changes latency.
       */
      maxLoad?: number;
      /**
       * How many images (by digest) or generations of the agent the jobs ran with; more than 1 makes the cell's numbers a mixture.
       */
      agentImages?: number;
      /**
       * One character for each case: the questions in the order of `questions`, the trials of a question side by side. P Passed, F Failed, E AgentError, T AgentTimeout, A Answered, B BackendError, R Throttled, I InfraError, S ScorerError, $ BudgetExceeded, C Cancelled, X Stopped; - deleted before it was counted; o in progress; . not made.
       */
      cases: string;
    }[];
    /**
     * What was found, by cell and tag; as many as fit.
     */
    tags?: {
      /**
       * The tag.
       */
      tag: string;
      /**
       * The cell's place in `cells`, from 0.
       */
      cell: number;
      /**
       * Cases that were measured.
       */
      measured: number;
      /**
       * Those of measured that passed.
       */
      passed: number;
      /**
       * Lower end of the 95 % interval of the pass rate.
       */
      lowPermille?: number;
      /**
       * Upper end.
       */
      highPermille?: number;
    }[];
    /**
     * The finished run beside its baseline.
     */
    comparison?: {
      /**
       * Name of the RuneRun.
       */
      baseline?: string;
      /**
       * By cell.
       */
      cells?: {
        /**
         * The cell's place in `cells`, from 0.
         */
        cell: number;
        /**
         * Questions with the same content that both runs measured.
         */
        questions: number;
        /**
         * Mean over those questions of the pass rate's change; negative when it fell.
         */
        differencePermille?: number;
        /**
         * How likely such a fall is by chance (one-sided sign-flip permutation test), adjusted for the number of cells (Holm); a decimal.
         */
        pValue?: string;
        /**
         * Whether it fell by more than chance explains.
         */
        regressed?: boolean;
        /**
         * Questions that the baseline measured and this run did not.
         */
        missing?: number;
      }[];
      /**
       * Critical questions that passed at least once in the baseline and in no trial now, as <agent>/<model>/<question>; at most 16.
       */
      newlyFailing?: string[];
      /**
       * Questions that the baseline measured and this run did not, as <agent>/<model>/<question>; at most 16.
       */
      missing?: string[];
    };
    /**
     * Where the results lie in S3.
     */
    archive?: {
      /**
       * Of the folder, such as s3://bucket/prefix/namespace/run/.
       */
      uri?: string;
      /**
       * Of results.jsonl.
       */
      sha256?: string;
      /**
       * Lines of results.jsonl: one for each case.
       */
      lines?: number;
    };
    /**
     * The columns of kubectl.
     */
    summary?: {
      /**
       * Finished jobs of all, such as 37/40.
       */
      done?: string;
      /**
       * Pass rate of the weakest cell, such as 93.3%.
       */
      pass?: string;
      /**
       * Its 95 % interval, such as 81-98%.
       */
      ci95?: string;
      /**
       * 95th percentile of the latency of the slowest cell, such as 12.3s.
       */
      p95?: string;
      /**
       * Such as $0.0123.
       */
      cost?: string;
      /**
       * Why it waits (the reason of Started), Running, or how it ended (the reason of Finished).
       */
      state?: string;
    };
    /**
     * Started (False says why not yet), Suspended, Finished (True at any end), Succeeded (everything was measured, or all but some cases of each cell), CriteriaMet, Regressed, BudgetExceeded, Archived; Reconciling and Stalled only when true.
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
 * A RuneRun is one execution of a RuneBenchmark. It freezes what the benchmark and its suites say when it starts, makes the RuneJobs, and holds what they found. Made by the schedule, by a change, or by hand.
 */
export interface RuneRunManifest {
  apiVersion: 'bench.rune.ai/v1alpha1';
  kind: 'RuneRun';
  metadata: ObjectMeta;
  /**
   * What to run. Immutable, but for `suspend` and `cancel`.
   */
  spec: {
    /**
     * The benchmark. It becomes the run's owner.
     */
    benchmarkRef: {
      /**
       * Name of a RuneBenchmark in the same namespace.
       */
      name: string;
    };
    /**
     * What made the run. Manual by default.
     */
    trigger?: 'Manual' | 'Schedule' | 'Change';
    /**
     * Draws the order of the jobs, and goes with the trial's number to the model where its backend takes a seed. Drawn from the run's uid when unset; the status tells it.
     */
    seed?: number;
    /**
     * Whether to show the estimate and wait. It can be lifted, not set.
     */
    suspend?: boolean;
    /**
     * Set to true to end the run for good. What has been measured stays. Cannot be taken back.
     */
    cancel?: boolean;
    /**
     * A part of the benchmark, or another number of trials.
     */
    overrides?: {
      /**
       * Names of the benchmark's agents that take part; all by default.
       */
      agents?: string[];
      /**
       * Names of the benchmark's models that take part; all by default.
       */
      models?: string[];
      /**
       * Only questions with one of these tags; all by default.
       */
      tags?: string[];
      /**
       * Instead of the benchmark's.
       */
      trials?: number;
    };
  };
}

/**
 * A RuneSuite is a list of questions with what right answers hold. RuneBenchmarks name suites, and each run freezes them when it starts. Whoever may read RuneSuites may read the expected answers.
 */
export interface RuneSuite {
  apiVersion: 'bench.rune.ai/v1alpha1';
  kind: 'RuneSuite';
  metadata: ObjectMeta;
  /**
   * The questions.
   */
  spec: {
    /**
     * What the suite is for.
     */
    description?: string;
    /**
     * The questions, each with an id of its own. To write them from several places, apply them on the server's side with a field manager each.
     *
     * Items: A question.
     */
    questions: {
      /**
       * How results name the question. Results of two runs are compared by it.
       */
      id: string;
      /**
       * What the question is about, for statistics of its kind and for runs of a part.
       */
      tags?: string[];
      /**
       * Whether a run does not meet its criteria when a cell fails this question in every trial.
       */
      critical: boolean;
      /**
       * How long an attempt at this question may take from the ask, instead of activeDeadlineSeconds.
       */
      timeoutSeconds?: number;
      /**
       * What the agent is asked.
       */
      prompt: string;
      /**
       * What the question is about, such as a log or a document. An `openai` agent gets it before the prompt.
       */
      context?: string;
      /**
       * A longer context, of up to 700 KiB, in a ConfigMap, instead of `context`.
       */
      contextFrom?: {
        /**
         * A key of a ConfigMap in the same namespace. It is read when a run starts; later changes concern the next run.
         */
        configMapKeyRef: {
          /**
           * Name of the ConfigMap.
           */
          name: string;
          /**
           * Key within its data.
           */
          key: string;
        };
      };
      /**
       * What the question is about, in the cluster: objects that the runner makes in the job's namespace before it asks, and takes away afterwards, whatever comes. They are made with the account of `pod.serviceAccountName`, or that of `pod.fixtureTokenSecret`. One job with fixtures runs in a namespace at a time.
       */
      fixtures?: {
        /**
         * The objects, of namespaced kinds, without a namespace.
         */
        manifests?: Record<string, unknown>[];
        /**
         * The objects, as YAML documents of up to 256 KiB in a ConfigMap, instead of `manifests`.
         */
        manifestsFrom?: {
          /**
           * A key of a ConfigMap in the same namespace. It is read when a run starts; later changes concern the next run.
           */
          configMapKeyRef: {
            /**
             * Name of the ConfigMap.
             */
            name: string;
            /**
             * Key within its data.
             */
            key: string;
          };
        };
        /**
         * What must be seen before the agent is asked; all of it, at the same time.
         */
        until?: {
          /**
           * Such as v1 or apps/v1.
           */
          apiVersion: string;
          /**
           * Such as Pod.
           */
          kind: string;
          /**
           * The object's name.
           */
          name?: string;
          /**
           * Of any such object, such as app=web. Exactly one of name and labelSelector must be set.
           */
          labelSelector?: string;
          /**
           * A query in the syntax of RFC 9535, such as $.status.containerStatuses[*].state.waiting.reason. It must select something.
           */
          jsonPath: string;
          /**
           * One of the values that the query selects must equal this one.
           */
          value?: unknown;
        }[];
        /**
         * How long making them and waiting for `until` may take. After that the attempt ends with InfraError. 120 by default.
         */
        timeoutSeconds: number;
      };
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
        /**
         * A JSON Schema that the answer, read as JSON, or the agent's findings must meet. JSON of more than 1,048,576 characters or 100,000 values, or deeper than 128, does not meet it, nor does what cannot be decided within 5 seconds.
         */
        jsonSchema?: {
          /**
           * Answer: the answer is read as JSON, a Markdown fence around it aside. Findings: the list of what the agent found, in its structured form. Answer by default.
           */
          of: 'Answer' | 'Findings';
          /**
           * In the dialect of draft 2020-12. Patterns are RE2, `format` is not checked, and unknown keywords and references to other documents end the job with ScorerError.
           */
          schema: Record<string, unknown>;
        };
        /**
         * A query that must select something in the answer, read as JSON, or in the agent's findings. JSON of more than 1,048,576 characters or 100,000 values, or deeper than 128, does not meet it, nor does what cannot be decided within 5 seconds.
         */
        jsonPath?: {
          /**
           * Answer: the answer is read as JSON, a Markdown fence around it aside. Findings: the list of what the agent found, in its structured form. Answer by default.
           */
          of: 'Answer' | 'Findings';
          /**
           * In the syntax of RFC 9535, such as $[?@.kind == 'Pod'].name. The expressions of match() and search() are RE2.
           */
          path: string;
          /**
           * One of the values that the query selects must equal this one.
           */
          value?: unknown;
        };
        /**
         * Names of tools that the agent must, or must not, have called, and how often it called any: those that the meter saw the model ask for, and those that the agent's driver tells of. All of the given fields must hold.
         */
        toolCalls?: {
          /**
           * Each of these must have been called.
           */
          all?: string[];
          /**
           * At least one of these must have been called.
           */
          any?: string[];
          /**
           * None of these may have been called.
           */
          none?: string[];
          /**
           * The most calls of any tool.
           */
          max?: number;
          /**
           * The least calls of any tool.
           */
          min?: number;
        };
      }[];
      /**
       * The least score, per mille, that passes. 1000 by default.
       */
      passMarkPermille: number;
    }[];
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
     * How many questions the suite has.
     */
    questions?: number;
    /**
     * How many questions have each tag, such as network=4,storage=2.
     */
    tags?: string;
    /**
     * Of the questions' canonical JSON (RFC 8785), in the order of their ids. What ConfigMaps hold is not part of it.
     */
    sha256?: string;
    /**
     * Ready (the questions can be asked).
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
 * A RuneSuite is a list of questions with what right answers hold. RuneBenchmarks name suites, and each run freezes them when it starts. Whoever may read RuneSuites may read the expected answers.
 */
export interface RuneSuiteManifest {
  apiVersion: 'bench.rune.ai/v1alpha1';
  kind: 'RuneSuite';
  metadata: ObjectMeta;
  /**
   * The questions.
   */
  spec: {
    /**
     * What the suite is for.
     */
    description?: string;
    /**
     * The questions, each with an id of its own. To write them from several places, apply them on the server's side with a field manager each.
     *
     * Items: A question.
     */
    questions: {
      /**
       * How results name the question. Results of two runs are compared by it.
       */
      id: string;
      /**
       * What the question is about, for statistics of its kind and for runs of a part.
       */
      tags?: string[];
      /**
       * Whether a run does not meet its criteria when a cell fails this question in every trial.
       */
      critical?: boolean;
      /**
       * How long an attempt at this question may take from the ask, instead of activeDeadlineSeconds.
       */
      timeoutSeconds?: number;
      /**
       * What the agent is asked.
       */
      prompt: string;
      /**
       * What the question is about, such as a log or a document. An `openai` agent gets it before the prompt.
       */
      context?: string;
      /**
       * A longer context, of up to 700 KiB, in a ConfigMap, instead of `context`.
       */
      contextFrom?: {
        /**
         * A key of a ConfigMap in the same namespace. It is read when a run starts; later changes concern the next run.
         */
        configMapKeyRef: {
          /**
           * Name of the ConfigMap.
           */
          name: string;
          /**
           * Key within its data.
           */
          key: string;
        };
      };
      /**
       * What the question is about, in the cluster: objects that the runner makes in the job's namespace before it asks, and takes away afterwards, whatever comes. They are made with the account of `pod.serviceAccountName`, or that of `pod.fixtureTokenSecret`. One job with fixtures runs in a namespace at a time.
       */
      fixtures?: {
        /**
         * The objects, of namespaced kinds, without a namespace.
         */
        manifests?: Record<string, unknown>[];
        /**
         * The objects, as YAML documents of up to 256 KiB in a ConfigMap, instead of `manifests`.
         */
        manifestsFrom?: {
          /**
           * A key of a ConfigMap in the same namespace. It is read when a run starts; later changes concern the next run.
           */
          configMapKeyRef: {
            /**
             * Name of the ConfigMap.
             */
            name: string;
            /**
             * Key within its data.
             */
            key: string;
          };
        };
        /**
         * What must be seen before the agent is asked; all of it, at the same time.
         */
        until?: {
          /**
           * Such as v1 or apps/v1.
           */
          apiVersion: string;
          /**
           * Such as Pod.
           */
          kind: string;
          /**
           * The object's name.
           */
          name?: string;
          /**
           * Of any such object, such as app=web. Exactly one of name and labelSelector must be set.
           */
          labelSelector?: string;
          /**
           * A query in the syntax of RFC 9535, such as $.status.containerStatuses[*].state.waiting.reason. It must select something.
           */
          jsonPath: string;
          /**
           * One of the values that the query selects must equal this one.
           */
          value?: unknown;
        }[];
        /**
         * How long making them and waiting for `until` may take. After that the attempt ends with InfraError. 120 by default.
         */
        timeoutSeconds?: number;
      };
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
        /**
         * A JSON Schema that the answer, read as JSON, or the agent's findings must meet. JSON of more than 1,048,576 characters or 100,000 values, or deeper than 128, does not meet it, nor does what cannot be decided within 5 seconds.
         */
        jsonSchema?: {
          /**
           * Answer: the answer is read as JSON, a Markdown fence around it aside. Findings: the list of what the agent found, in its structured form. Answer by default.
           */
          of?: 'Answer' | 'Findings';
          /**
           * In the dialect of draft 2020-12. Patterns are RE2, `format` is not checked, and unknown keywords and references to other documents end the job with ScorerError.
           */
          schema: Record<string, unknown>;
        };
        /**
         * A query that must select something in the answer, read as JSON, or in the agent's findings. JSON of more than 1,048,576 characters or 100,000 values, or deeper than 128, does not meet it, nor does what cannot be decided within 5 seconds.
         */
        jsonPath?: {
          /**
           * Answer: the answer is read as JSON, a Markdown fence around it aside. Findings: the list of what the agent found, in its structured form. Answer by default.
           */
          of?: 'Answer' | 'Findings';
          /**
           * In the syntax of RFC 9535, such as $[?@.kind == 'Pod'].name. The expressions of match() and search() are RE2.
           */
          path: string;
          /**
           * One of the values that the query selects must equal this one.
           */
          value?: unknown;
        };
        /**
         * Names of tools that the agent must, or must not, have called, and how often it called any: those that the meter saw the model ask for, and those that the agent's driver tells of. All of the given fields must hold.
         */
        toolCalls?: {
          /**
           * Each of these must have been called.
           */
          all?: string[];
          /**
           * At least one of these must have been called.
           */
          any?: string[];
          /**
           * None of these may have been called.
           */
          none?: string[];
          /**
           * The most calls of any tool.
           */
          max?: number;
          /**
           * The least calls of any tool.
           */
          min?: number;
        };
      }[];
      /**
       * The least score, per mille, that passes. 1000 by default.
       */
      passMarkPermille?: number;
    }[];
  };
}
