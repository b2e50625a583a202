import type { FrozenRun } from '../../../crds/frozen-run.ts';
import { FROZEN_COMPONENT, LABEL, RUNE_RUN, SECRET_TYPE } from '../../../crds/names.ts';
import type { RuneRun } from '../../../crds/types.ts';
import type { ControllerRevision, Secret } from '../../kube/resource.ts';
import { ownerReference } from '../../owner-reference.ts';
import type { SecretContent } from './question-secrets.ts';

/** A Secret with questions of the run, which goes with it. */
export function secretOf(run: RuneRun, { name, data }: SecretContent): Secret {
  const encoded = Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString('base64')]);
  return {
    metadata: ownedBy(run, name),
    type: SECRET_TYPE.revision,
    immutable: true,
    data: Object.fromEntries(encoded),
  };
}

/** All else that the run froze. */
export function revisionOf(run: RuneRun, frozen: FrozenRun): ControllerRevision {
  return { metadata: ownedBy(run, revisionName(run)), revision: 1, data: frozen };
}

/** With part of the uid, so that a run made again under the same name never meets the old one's content. */
export function revisionName({ metadata }: RuneRun): string {
  return `${metadata.name}-${(metadata.uid ?? '').slice(0, 8)}`;
}

function ownedBy(run: RuneRun, name: string) {
  const { namespace = '', name: runName = '', uid = '' } = run.metadata;
  return {
    name,
    namespace,
    labels: {
      [LABEL.run]: runName,
      [LABEL.runUid]: uid,
      [LABEL.benchmark]: run.spec.benchmarkRef.name,
      [LABEL.managedBy]: 'rune-operator',
      [LABEL.component]: FROZEN_COMPONENT,
    },
    ownerReferences: [ownerReference(run, RUNE_RUN)],
  };
}
