import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { kubeconfig } from './kubeconfig.ts';

test('a kubeconfig carries its credentials and selects its only context', () => {
  const text = kubeconfig('mine', 'https://10.192.4.2:6443', { ca: 'authority', cert: 'certificate', key: 'secret' });
  const base64 = (plain: string) => Buffer.from(plain).toString('base64');
  expect(parse(text)).toEqual({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'mine',
        cluster: { server: 'https://10.192.4.2:6443', 'certificate-authority-data': base64('authority') },
      },
    ],
    users: [
      { name: 'mine', user: { 'client-certificate-data': base64('certificate'), 'client-key-data': base64('secret') } },
    ],
    contexts: [{ name: 'mine', context: { cluster: 'mine', user: 'mine' } }],
    'current-context': 'mine',
  });
});
