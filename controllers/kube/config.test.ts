import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { loadKubeConfig } from './config.ts';

function file(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'kubeconfig-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'config'), text);
  return join(folder, 'config');
}

const context = (name: string) => `{name: ${name}, context: {cluster: ${name}, user: u}}`;
const cluster = (name: string) => `{name: ${name}, cluster: {server: "https://${name}"}}`;
const CONFIG = `{clusters: [${cluster('a')}, ${cluster('b')}], users: [{name: u, user: {}}], contexts: [${context('a')}, ${context('b')}], current-context: a}`;

it('takes the current context, or the one that is asked for', () => {
  expect(loadKubeConfig(file(CONFIG), undefined).getCurrentCluster()?.server).toBe('https://a');
  expect(loadKubeConfig(file(CONFIG), 'b').getCurrentCluster()?.server).toBe('https://b');
});

it.each([
  ['an unknown context', CONFIG, 'c', /has no context "c"; it has: a, b$/],
  ['no current context', CONFIG.replace('current-context: a', 'x: y'), undefined, /has no current-context$/],
  ['what is not YAML', '{', undefined, /^cannot read the kubeconfig /],
])('says what is wrong with %s', (_, text, wanted, message) => {
  expect(() => loadKubeConfig(file(text), wanted)).toThrow(message);
});

it('says what to do outside of a cluster', () => {
  expect(() => loadKubeConfig(undefined, undefined)).toThrow('pass --kubeconfig FILE');
});
