import { expect, test } from 'vitest';
import { stageHeader } from './agent-stage.ts';

test('a stage names its inputs and how long it takes', () => {
  const source =
    '#!/usr/bin/env bash\n# Builds it.\n# inputs: module go.work\n# needs: pip\n# takes: 8 minutes\nset -eu\n';
  expect(stageHeader(source)).toEqual({ inputs: ['module', 'go.work'], needs: ['pip'], takes: '8 minutes' });
});

test('a stage in TypeScript may need nothing but itself', () => {
  expect(stageHeader("import { argv } from 'node:process';\n")).toEqual({ inputs: [], needs: [], takes: undefined });
  expect(stageHeader('// inputs: package.json\n').inputs).toEqual(['package.json']);
});
