import { X509Certificate } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { certificateRequests, issueCertificates, readCredentials } from './certificates.ts';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'rune-pki-'));
  await issueCertificates(dir, certificateRequests('node1', ['10.192.4.2']));
});
afterAll(async () => rm(dir, { recursive: true }));

describe("the API server's certificate", () => {
  test.each(['localhost', 'kubernetes', 'kubernetes.default.svc'])('is good for the name %s', async (name) => {
    expect(await certificate('kube-apiserver').then((it) => it.checkHost(name))).toBe(name);
  });

  test.each(['127.0.0.1', '10.192.4.2', '10.96.0.1'])('is good for the address %s', async (address) => {
    expect(await certificate('kube-apiserver').then((it) => it.checkIP(address))).toBe(address);
  });
});

test.each([
  ['admin', 'O=system:masters\nCN=rune-admin'],
  ['kubelet', 'O=system:nodes\nCN=system:node:node1'],
  ['kube-scheduler', 'CN=system:kube-scheduler'],
] as const)('the certificate of %s names its user and is signed by the authority', async (name, subject) => {
  const { ca } = await readCredentials(dir, name);
  const issued = await certificate(name);
  expect(issued.subject).toBe(subject);
  expect(issued.ca).toBe(false);
  expect(issued.verify(new X509Certificate(ca).publicKey)).toBe(true);
});

async function certificate(name: 'admin' | 'kube-apiserver' | 'kube-scheduler' | 'kubelet'): Promise<X509Certificate> {
  return new X509Certificate((await readCredentials(dir, name)).cert);
}
