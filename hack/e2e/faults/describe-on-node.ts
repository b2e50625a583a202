import { describe, inject } from 'vitest';

/** Tests that stop parts of the node, or read its files. Where the cluster is another one they count as skipped, and say why. */
export function describeOnNode(topic: string, define: () => void): void {
  const { isSingleNode } = inject('e2e');
  const why = ' (skipped: only the single-node cluster lets tests stop its parts, and this is another one)';
  describe.skipIf(!isSingleNode)(isSingleNode ? topic : `${topic}${why}`, define);
}
