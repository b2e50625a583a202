import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readManifests } from '../install/manifest.ts';
import { agentImageName, agentNames, agentsDir } from './agents.ts';
import { isContextFile } from './context-file.ts';

test.each([
  ['driver.ts', true],
  ['package-lock.json', true],
  ['prompts/system.md', true],
  ['Dockerfile', false],
  ['agent.yaml', false],
  ['stage.sh', false],
  ['driver.test.ts', false],
  ['testing/problem.txt', false],
  ['node_modules/zod/index.js', false],
])('%s may be in the image of an agent: %s', (path, expected) => {
  expect(isContextFile(path)).toBe(expected);
});

describe.each(await agentNames())('%s', (agent) => {
  test('is made from the base of all agents', async () => {
    const dockerfile = await readFile(join(agentsDir, agent, 'Dockerfile'), 'utf8');
    expect(dockerfile).toMatch(/^ARG BASE$/m);
    expect(dockerfile).toMatch(/^FROM \$\{BASE\}$/m);
  });

  test('has a RuneAgent with its image as placeholder', async () => {
    const manifests = await readManifests(join(agentsDir, agent, 'agent.yaml'));
    const images = manifests.map(({ spec }) => (spec as { container?: { image?: string } }).container?.image);
    expect(manifests.map(({ kind }) => kind)).toContain('RuneAgent');
    expect(images).toContain(agentImageName(agent));
  });
});
