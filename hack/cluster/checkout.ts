import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** One clone of this repository, and where its local cluster keeps what belongs to it. */
export interface Checkout {
  /** Absolute path of the clone. */
  readonly root: string;
  /** 8 hexadecimal digits, different for every path of a clone; names all that the host sees of its cluster. */
  readonly id: string;
  /** `.rune`, ignored by git. */
  readonly stateDir: string;
  /** All files of the running cluster; removed with it. */
  readonly clusterDir: string;
  /** The cluster's own kubeconfig. The user's ~/.kube/config is never written. */
  readonly kubeconfig: string;
}

/** Describes the clone at `root`; by default the one that this file belongs to. */
export function checkoutAt(root: string = join(import.meta.dirname, '..', '..')): Checkout {
  const real = realpathSync(root);
  const stateDir = join(real, '.rune');
  return {
    root: real,
    id: createHash('sha256').update(real).digest('hex').slice(0, 8),
    stateDir,
    clusterDir: join(stateDir, 'cluster'),
    kubeconfig: join(stateDir, 'kubeconfig'),
  };
}

/** What the user asks for by environment variables; this is the only file that reads them. */
export interface ClusterSettings {
  /** RUNE_KUBE_CONTEXT: a context of the user's own kubeconfig to work on instead of a cluster of ours. */
  readonly kubeContext: string | undefined;
  /** RUNE_REGISTRY: where images are pushed for a cluster that the user names, for example `registry.example/team`. */
  readonly registry: string | undefined;
  /** RUNE_IMAGE: a product image that is already there; nothing is built then. */
  readonly image: string | undefined;
}

export function clusterSettings(environment: NodeJS.ProcessEnv = process.env): ClusterSettings {
  return {
    kubeContext: environment['RUNE_KUBE_CONTEXT'] || undefined,
    registry: environment['RUNE_REGISTRY'] || undefined,
    image: environment['RUNE_IMAGE'] || undefined,
  };
}

/** Where what is built once is kept for all checkouts of this user: `${XDG_CACHE_HOME:-~/.cache}/rune`. */
export function cacheDir(environment: NodeJS.ProcessEnv = process.env): string {
  return join(environment['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'rune');
}
