import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllDocuments, stringify } from 'yaml';

export interface Container {
  name: string;
  image: string;
  args?: string[];
}

export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
  };
  spec?: Record<string, unknown> & { replicas?: number; template?: { spec?: { containers?: Container[] } } };
}

/** The objects of a YAML file, or of all YAML files of a folder in the order of their names. */
export async function readManifests(path: string): Promise<Manifest[]> {
  if (!/\.ya?ml$/.test(path)) {
    const names = (await readdir(path)).filter((name) => /\.ya?ml$/.test(name)).sort();
    return (await Promise.all(names.map(async (name) => readManifests(join(path, name))))).flat();
  }
  return parseAllDocuments(await readFile(path, 'utf8')).flatMap((document) => {
    const [error] = document.errors;
    if (error) throw new Error(`${path}: ${error.message}`, { cause: error });
    const object: unknown = document.toJS();
    return object === null ? [] : [object as Manifest];
  });
}

export function toYaml(manifests: readonly Manifest[]): string {
  return manifests.map((manifest) => stringify(manifest)).join('---\n');
}

/** The containers of a workload; none for other objects. */
export function containersOf(manifest: Manifest): Container[] {
  return manifest.spec?.template?.spec?.containers ?? [];
}

/** The same objects, with every container that says `placeholder` running `image`. @throws Error when none says it */
export function withImage(manifests: readonly Manifest[], placeholder: string, image: string): Manifest[] {
  const copies = structuredClone(manifests) as Manifest[];
  const found = copies.flatMap(containersOf).filter((container) => container.image === placeholder);
  if (found.length === 0) throw new Error(`no container of the manifests has the image ${placeholder}`);
  for (const container of found) container.image = image;
  return copies;
}

/** The arguments, with `flags` (`--name=value`) in place of earlier values of the same flags. */
export function withFlags(args: readonly string[], flags: readonly string[]): string[] {
  const nameOf = (flag: string) => flag.split('=', 1)[0];
  const given = new Set(flags.map(nameOf));
  return [...args.filter((arg) => !given.has(nameOf(arg))), ...flags];
}
