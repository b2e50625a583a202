import type { TestProject } from 'vitest/node';
import { startControlPlane } from './control-plane.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Path of the kubeconfig of the API server that the suite runs against. */
    kubeconfig: string;
  }
}

/** Gives the integration suite one API server; `inject('kubeconfig')` in a test gives its kubeconfig. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const plane = await startControlPlane({ withControllerManager: true });
  project.provide('kubeconfig', plane.kubeconfig);
  return async () => plane.stop();
}
