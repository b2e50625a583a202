import { expect, test } from 'vitest';
import { certificateRequests } from './certificates.ts';

test('servers are good for every name and address that they are called by; clients have none', () => {
  const requests = new Map(certificateRequests('node1', ['10.192.4.2']).map(({ name, sans }) => [name, sans]));
  expect(requests.get('kube-apiserver')).toEqual([
    'DNS:localhost',
    'DNS:kubernetes',
    'DNS:kubernetes.default',
    'DNS:kubernetes.default.svc',
    'DNS:kubernetes.default.svc.cluster.local',
    'IP:127.0.0.1',
    'IP:10.192.4.2',
    'IP:10.96.0.1',
  ]);
  expect(requests.get('kubelet')).toEqual(['DNS:node1', 'IP:127.0.0.1', 'IP:10.192.4.2']);
  expect(requests.get('admin')).toEqual([]);
});
