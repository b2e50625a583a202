import { readFileSync } from 'node:fs';
import { processes } from '../../cluster/process-table.ts';

/** Kills (SIGKILL) the process of a Pod that runs a program, as nobody in the cluster could. @throws Error when there is none */
export function killProgram(podUid: string, program: string): void {
  const found = processes().filter(({ pid, args }) => args.includes(program) && cgroupOf(pid).includes(podUid));
  if (podUid === '' || found.length === 0) throw new Error(`no process of Pod ${podUid} runs ${program}`);
  for (const { pid } of found) process.kill(pid, 'SIGKILL');
}

/** The kubelet names the cgroup of a Pod by its uid. Empty for a process that is gone. */
function cgroupOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cgroup`, 'utf8').replaceAll('_', '-');
  } catch {
    return '';
  }
}
