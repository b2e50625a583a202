import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { serveHealth } from './health.ts';
import { createMetrics } from './metrics.ts';

it('tells probes and Prometheus how it is', async () => {
  let wrong: string | undefined;
  const { registry, jobs } = createMetrics();
  jobs.finished.inc({ outcome: 'Passed' });
  const server = await serveHealth({
    host: '127.0.0.1',
    port: 0,
    registry,
    notLive: () => undefined,
    notReady: () => wrong,
  });
  onTestFinished(() => void server.close());
  const get = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`);
    return `${response.status} ${await response.text()}`;
  };
  expect(await get('/livez')).toBe('200 ok\n');
  expect(await get('/readyz?verbose')).toBe('200 ok\n');
  wrong = 'the caches are not filled yet';
  expect(await get('/readyz')).toBe('503 the caches are not filled yet\n');
  expect(await get('/metrics')).toContain('rune_runejob_finished_total{outcome="Passed"} 1');
  expect(await get('/')).toMatch(/^404 /);
});

it('says so when the port is taken', async () => {
  const parts = {
    host: '127.0.0.1',
    registry: createMetrics().registry,
    notLive: () => undefined,
    notReady: () => undefined,
  };
  const server = await serveHealth({ ...parts, port: 0 });
  onTestFinished(() => void server.close());
  await expect(serveHealth({ ...parts, port: (server.address() as AddressInfo).port })).rejects.toThrow('EADDRINUSE');
});
