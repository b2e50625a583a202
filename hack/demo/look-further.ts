import { LABEL } from '../../crds/names.ts';
import type { RuneRun } from '../../crds/types.ts';
import { findCommand } from '../cluster/command.ts';

/** Commands to go on with after the demo, a line each, each with what it shows. */
export function lookFurther(kubectlPath: string, namespace: string, runs: readonly [RuneRun, RuneRun]): string[] {
  const [good, bad] = runs.map(({ metadata }) => metadata.name ?? '');
  const alias: [string][] = findCommand('kubectl') ? [] : [[`alias kubectl=${kubectlPath}`]];
  const lines: [command: string, what?: string][] = [
    ['export KUBECONFIG=$(make -s kubeconfig)'],
    ...alias,
    [`kubectl config set-context --current --namespace=${namespace}`],
    ['kubectl get rbm,rr,rsu', 'the benchmark, its runs, its questions'],
    [`kubectl describe rr ${bad}`, 'each cell and case, and what was compared'],
    [`kubectl get rj -l ${LABEL.run}=${good} -o wide`, 'the jobs of a run, with their answers'],
    [`kubectl wait rr/${bad} --for=condition=Regressed=False --timeout=0`, 'a gate: it fails'],
    ['kubectl apply --server-side -k hack/demo/git', 'takes the commit back: one more run'],
    ['kubectl describe rj opposite-of-hot', 'a score of several parts, and what happened when'],
    ['kubectl logs story-too-long-1', 'the event lines of a runner'],
    ['kubectl logs crash-loop-1 -c runner', 'an agent that looks at a broken Pod, step by step'],
    [`kubectl delete namespace ${namespace}`, 'takes the demo away; make cluster-down all of it'],
  ];
  const width = Math.max(...lines.map(([command, what]) => (what === undefined ? 0 : command.length)));
  return lines.map(([command, what]) => `  ${what === undefined ? command : `${command.padEnd(width)}  # ${what}`}`);
}
