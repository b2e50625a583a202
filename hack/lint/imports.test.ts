import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..', '..');

const FORBIDDEN: Import[] = [
  // The vocabulary imports nothing of ours.
  ['crds/conditions.ts', '../controllers/clock.ts'],
  ['crds/conditions.ts', '../runners/scoring/number.ts'],
  ['crds/conditions.ts', '../hack/cluster/command.ts'],
  ['crds/conditions.ts', '@kubernetes/client-node'],
  // A runner imports the vocabulary only.
  ['runners/run-job.ts', '../controllers/kube/client.ts'],
  ['runners/meter/meter.ts', '../../controllers/clock.ts'],
  ['runners/meter/meter.ts', '../../hack/e2e/scripted-model/app.ts'],
  ['runners/meter/meter.ts', '@kubernetes/client-node'],
  // The image of an agent holds only its own folder.
  ['runners/images/agent/driver.ts', '../../meter/meter.ts'],
  ['runners/images/agent/driver.ts', '../../../crds/names.ts'],
  ['runners/images/agent/driver.ts', '../other/driver.ts'],
  // Of the operator, fixtures need the way to Kubernetes.
  ['runners/fixtures/plan.ts', '../../controllers/clock.ts'],
  ['runners/fixtures/plan.ts', '../../controllers/job/plan.ts'],
  ['runners/fixtures/plan.ts', '@kubernetes/client-node'],
  // A controller imports what all share, never a runner or another controller.
  ['controllers/job/plan.ts', '../../runners/scoring/number.ts'],
  ['controllers/job/plan.ts', '../agent/plan.ts'],
  ['controllers/job/plan.ts', '../backend/plan.ts'],
  ['controllers/agent/plan.ts', '../job/plan.ts'],
  ['controllers/backend/plan.ts', '../job/deep/plan.ts'],
  ['controllers/job/plan.ts', '../../hack/cluster/command.ts'],
  // What all share knows no controller.
  ['controllers/controller.ts', './job/plan.ts'],
  ['controllers/metrics.ts', './agent/plan.ts'],
  ['controllers/kube/watch.ts', '../controller.ts'],
  ['controllers/kube/watch.ts', '../config.ts'],
  ['controllers/kube/watch.ts', '../job/plan.ts'],
  ['controllers/kube/watch.ts', '../../runners/main.ts'],
  // Only controllers/kube talks to Kubernetes.
  ['controllers/job/reconcile.ts', '@kubernetes/client-node'],
  ['controllers/job/reconcile.ts', '@kubernetes/client-node/dist/config.js'],
  ['controllers/controller.ts', '@dot-i/k8s-operator'],
  ['controllers/main.ts', '@kubernetes/client-node'],
  // What is there for tests stays there.
  ['controllers/job/plan.ts', './simulation/kubelet.ts'],
  ['controllers/kube/client.ts', '../testing/api-server.ts'],
  ['runners/meter/meter.ts', '../../crds/examples/manifests.ts'],
  // Nobody imports a composition root.
  ['controllers/job/plan.ts', '../main.ts'],
  ['runners/run-job.ts', './main.ts'],
  ['hack/e2e/setup.ts', '../cluster/main.ts'],
  ['controllers/job/plan.test.ts', '../main.ts'],
];

const ALLOWED: Import[] = [
  ['crds/money.ts', './job-file.ts'],
  ['crds/raw.ts', '@kubernetes/client-node'],
  ['runners/meter/meter.ts', '../../crds/report.ts'],
  ['runners/meter/meter.ts', '../scoring/number.ts'],
  ['runners/images/agent/driver.ts', './options.ts'],
  ['runners/fixtures/plan.ts', '../../controllers/kube/client.ts'],
  ['controllers/main.ts', './job/reconcile.ts'],
  ['controllers/job/plan.ts', '../../crds/names.ts'],
  ['controllers/job/plan.ts', '../kube/client.ts'],
  ['controllers/job/plan.ts', '../controller.ts'],
  ['controllers/controller.ts', './kube/queue.ts'],
  ['controllers/kube/watch.ts', '../../crds/names.ts'],
  ['controllers/kube/watch.ts', '@kubernetes/client-node'],
  ['controllers/kube/operator.ts', '@dot-i/k8s-operator'],
  ['hack/e2e/setup.ts', '../cluster/command.ts'],
  ['hack/e2e/setup.ts', '../../crds/names.ts'],
  ['hack/driver-test/report.ts', '../../runners/conformance/check.ts'],
  ['controllers/kube/watch.test.ts', '../testing/api-server.ts'],
  ['controllers/kube/watch.integration.test.ts', '../../hack/cluster/control-plane.ts'],
];

const refused = refusedLines([...FORBIDDEN, ...ALLOWED]);

test.each(FORBIDDEN)('%s may not import %s', (file, imported) => {
  expect(linesOf(file, imported).filter((line) => !refused.has(line))).toEqual([]);
});

test.each(ALLOWED)('%s may import %s', (file, imported) => {
  expect(linesOf(file, imported).filter((line) => refused.has(line))).toEqual([]);
});

/** A file of the repository, and what it imports. */
type Import = [file: string, imported: string];

/** Every way to import something, as `<file>: <statement>`. */
function linesOf(file: string, imported: string): string[] {
  return [
    `import { one } from '${imported}';`,
    `import type { One } from '${imported}';`,
    `export { two } from '${imported}';`,
    `export const three = await import('${imported}');`,
  ].map((statement) => `${file}: ${statement}`);
}

/** Which of the statements the repository's lint rules refuse, when they stand in those files of an empty folder. */
function refusedLines(imports: readonly Import[]): Set<string> {
  const folder = mkdtempSync(join(tmpdir(), 'rune-imports-'));
  try {
    copyFileSync(join(root, 'biome.json'), join(folder, 'biome.json'));
    const lines = imports.flatMap(([file, imported]) => linesOf(file, imported));
    const files = Map.groupBy(lines, (line) => line.slice(0, line.indexOf(': ')));
    for (const [file, statements] of files) write(join(folder, file), file, statements);
    const found = lint(folder).map(({ path, start }) => files.get(path)?.[start.line - 1] ?? '');
    return new Set(found);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function write(path: string, file: string, lines: readonly string[]): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, lines.map((line) => line.slice(`${file}: `.length)).join('\n'));
}

/** Where in a folder Biome refuses an import. */
function lint(folder: string): { path: string; start: { line: number } }[] {
  const flags = [
    '--only=style/noRestrictedImports',
    '--vcs-enabled=false',
    '--max-diagnostics=none',
    '--reporter=json',
  ];
  const biome = join(root, 'node_modules', '.bin', 'biome');
  const { stdout, stderr } = spawnSync(biome, ['lint', ...flags, '.'], { cwd: folder, encoding: 'utf8' });
  if (!stdout.startsWith('{')) throw new Error(`biome gave no report: ${stderr}`);
  const { diagnostics }: { diagnostics: Diagnostic[] } = JSON.parse(stdout);
  const other = diagnostics.filter(({ category }) => category !== 'lint/style/noRestrictedImports');
  if (other.length > 0) throw new Error(`biome could not judge: ${JSON.stringify(other)}`);
  return diagnostics.map(({ location }) => location);
}

type Diagnostic = { category: string; location: { path: string; start: { line: number } } };
