/** What `inject('e2e')` gives a test. */
export interface EndToEnd {
  readonly kubeconfig: string;
  readonly kubectlPath: string;
  /** The product image as the cluster's Pods name it. */
  readonly productImage: string;
  /** Value of the label {@link runLabel} on all that this run of the suite makes. */
  readonly runId: string;
}

/** On every namespace, and every object without one, that a run of the suite makes. */
export const runLabel = 'e2e.rune.ai/run';

/** Where the scripted model is served: http://scripted-model.rune-e2e-model:8000, and 8001, which can be closed. */
export const scriptedModelNamespace = 'rune-e2e-model';

declare module 'vitest' {
  export interface ProvidedContext {
    e2e: EndToEnd;
  }
}
