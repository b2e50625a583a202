/** What `inject('e2e')` gives a test. */
export interface EndToEnd {
  readonly kubeconfig: string;
  readonly kubectlPath: string;
  /** The product image as the cluster's Pods name it. */
  readonly productImage: string;
  /** The image of ./hostile-agent, as the cluster's Pods name it. */
  readonly hostileAgentImage: string;
  /** Value of the label {@link runLabel} on all that this run of the suite makes. */
  readonly runId: string;
  /** Value of the label {@link checkoutLabel} on the same. */
  readonly checkoutId: string;
  /** Whether the cluster is the checkout's single node, whose parts a test may stop. */
  readonly isSingleNode: boolean;
}

/** On every namespace, and every object without one, that a run of the suite makes. */
export const runLabel = 'e2e.rune.ai/run';

/** On the same: a run that was interrupted is cleared away by the next one of its checkout, in a shared cluster too. */
export const checkoutLabel = 'e2e.rune.ai/checkout';

/** Where the scripted model is served: http://scripted-model.rune-e2e-model:8000, and 8001, which can be closed. */
export const scriptedModelNamespace = 'rune-e2e-model';

declare module 'vitest' {
  export interface ProvidedContext {
    e2e: EndToEnd;
  }
}
