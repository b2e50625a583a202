import { expect, test } from 'vitest';
import { isForAgents, isProductFile, isUnread } from './product.ts';

test.each([
  ['controllers/main.ts', true],
  ['crds/runejobs.yaml', true],
  ['runners/meter/meter.test.ts', false],
  ['controllers/kube/watch.integration.test.ts', false],
  ['crds/examples/valid/job.yaml', false],
  ['runners/PROTOCOL.md', false],
  ['runners/fixtures/plan.ts', true],
])('%s is part of the product: %s', (path, expected) => {
  expect(isProductFile(path)).toBe(expected);
});

test.each([
  ['runners/images/k8sgpt/driver.ts', true],
  ['runners/templates/driver.ts', true],
  ['runners/agent-host.ts', true],
  ['runners/agent-host/driver.ts', false],
  ['runners/run.ts', false],
])('%s is there for agents only: %s', (path, expected) => {
  expect(isForAgents(path)).toBe(expected);
});

test.each([
  ['node_modules/pino/pino.d.ts', true],
  ['node_modules/pino/lib/proto.js.map', true],
  ['node_modules/pino/README.md', true],
  ['node_modules/pino/LICENSE.md', false],
  ['node_modules/pino/pino.js', false],
  ['node_modules/pino/package.json', false],
])('%s is read by people and compilers only: %s', (path, expected) => {
  expect(isUnread(path)).toBe(expected);
});
