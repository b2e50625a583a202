import { join } from 'node:path';

/** Where the parts of a control plane find their files and each other; paths as those processes see them. */
export interface ControlPlaneLayout {
  readonly pkiDir: string;
  readonly etcdDir: string;
  readonly auditPolicy: string;
  readonly auditLog: string;
  /** The address that the API server listens on and tells to Pods. */
  readonly address: string;
  readonly apiPort: number;
  readonly etcdPort: number;
  readonly etcdPeerPort: number;
}

/** Every request is recorded with who asked for what, without bodies; one line a request, when it is answered. */
export const auditPolicy = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [{ level: 'Metadata' }],
};

export const serviceRange = '10.96.0.0/16';

export function etcdFlags(layout: ControlPlaneLayout): string[] {
  const client = `http://127.0.0.1:${layout.etcdPort}`;
  const peer = `http://127.0.0.1:${layout.etcdPeerPort}`;
  return [
    `--data-dir=${layout.etcdDir}`,
    '--unsafe-no-fsync', // What a power cut may lose here is a test cluster.
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=default=${peer}`,
    '--quota-backend-bytes=8589934592',
  ];
}

/** @param extra flags of one kind of cluster only */
export function apiServerFlags(layout: ControlPlaneLayout, extra: readonly string[]): string[] {
  const pki = (file: string) => join(layout.pkiDir, file);
  return [
    `--etcd-servers=http://127.0.0.1:${layout.etcdPort}`,
    `--bind-address=${layout.address}`,
    `--advertise-address=${layout.address}`,
    `--secure-port=${layout.apiPort}`,
    `--client-ca-file=${pki('ca.crt')}`,
    `--tls-cert-file=${pki('kube-apiserver.crt')}`,
    `--tls-private-key-file=${pki('kube-apiserver.key')}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${pki('sa.pub')}`,
    `--service-account-signing-key-file=${pki('sa.key')}`,
    `--service-cluster-ip-range=${serviceRange}`,
    '--authorization-mode=Node,RBAC',
    '--enable-admission-plugins=NodeRestriction',
    '--allow-privileged=true',
    `--audit-policy-file=${layout.auditPolicy}`,
    `--audit-log-path=${layout.auditLog}`,
    '--audit-log-maxsize=1000', // Megabytes: a test reads one file, so it is not rotated in practice.
    '--shutdown-delay-duration=0s',
    ...extra,
  ];
}

/** @param kubeconfig of system:kube-controller-manager */
export function controllerManagerFlags(layout: ControlPlaneLayout, kubeconfig: string): string[] {
  return [
    `--kubeconfig=${kubeconfig}`,
    `--authentication-kubeconfig=${kubeconfig}`,
    `--authorization-kubeconfig=${kubeconfig}`,
    '--bind-address=127.0.0.1',
    `--service-account-private-key-file=${join(layout.pkiDir, 'sa.key')}`,
    `--root-ca-file=${join(layout.pkiDir, 'ca.crt')}`,
    '--use-service-account-credentials',
    '--leader-elect=false',
    '--node-monitor-grace-period=16s', // A node that stops is noticed while a test waits.
    '--node-monitor-period=2s',
    '--kube-api-qps=500', // With the default of 20 the controllers start one after the other, for 5 seconds.
    '--kube-api-burst=1000',
  ];
}

/** @param kubeconfig of system:kube-scheduler */
export function schedulerFlags(kubeconfig: string): string[] {
  return [
    `--kubeconfig=${kubeconfig}`,
    `--authentication-kubeconfig=${kubeconfig}`,
    `--authorization-kubeconfig=${kubeconfig}`,
    '--bind-address=127.0.0.1',
    '--leader-elect=false',
  ];
}
