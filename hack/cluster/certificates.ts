import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './command.ts';

/** A certificate to be signed by the cluster's own authority. */
export interface CertificateRequest {
  readonly name: CertificateName;
  /** OpenSSL's subject syntax: `/O=group/CN=user`. Kubernetes takes user and groups from it. */
  readonly subject: string;
  /** Subject alternative names, `DNS:...` and `IP:...`; only servers have them. */
  readonly sans: readonly string[];
}

export type CertificateName =
  | 'admin'
  | 'coredns'
  | 'kube-apiserver'
  | 'kube-controller-manager'
  | 'kube-proxy'
  | 'kube-scheduler'
  | 'kubelet';

/** A client's certificate and key with the authority that signed them, in PEM. */
export interface Credentials {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** The certificates of a cluster whose API server and kubelet listen at `addresses`; user names as Kubernetes expects. */
export function certificateRequests(nodeName: string, addresses: readonly string[]): CertificateRequest[] {
  const ips = [...new Set(['127.0.0.1', ...addresses])].map((address) => `IP:${address}`);
  const names = ['localhost', ...['', '.default', '.default.svc', '.default.svc.cluster.local'].map(serviceName)];
  return [
    { name: 'admin', subject: '/O=system:masters/CN=rune-admin', sans: [] },
    { name: 'coredns', subject: '/O=system:masters/CN=coredns', sans: [] },
    {
      name: 'kube-apiserver',
      subject: '/CN=kube-apiserver',
      sans: [...names.map((name) => `DNS:${name}`), ...ips, `IP:${firstServiceAddress}`],
    },
    { name: 'kube-controller-manager', subject: '/CN=system:kube-controller-manager', sans: [] },
    { name: 'kube-proxy', subject: '/CN=system:kube-proxy', sans: [] },
    { name: 'kube-scheduler', subject: '/CN=system:kube-scheduler', sans: [] },
    { name: 'kubelet', subject: `/O=system:nodes/CN=system:node:${nodeName}`, sans: [`DNS:${nodeName}`, ...ips] },
  ];
}

/** The first address of the service range 10.96.0.0/16: Pods find the API server there. */
const firstServiceAddress = '10.96.0.1';

function serviceName(suffix: string): string {
  return `kubernetes${suffix}`;
}

/** Makes the authority, the service account key pair and all certificates in `dir`, as `<name>.crt` and `<name>.key`. */
export async function issueCertificates(dir: string, requests: readonly CertificateRequest[]): Promise<void> {
  if (existsSync(join(dir, 'complete'))) return;
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const openssl = async (...args: string[]) => run('openssl', args, { cwd: dir });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '3650'];
  await Promise.all([
    openssl('req', '-x509', ...key, '-subj', '/CN=rune-local-ca', '-keyout', 'ca.key', '-out', 'ca.crt'),
    openssl('genpkey', '-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048', '-out', 'sa.key'),
  ]);
  await openssl('pkey', '-in', 'sa.key', '-pubout', '-out', 'sa.pub');
  const sign = async ({ name, subject, sans }: CertificateRequest) =>
    openssl(
      ...['req', '-x509', '-CA', 'ca.crt', '-CAkey', 'ca.key', ...key, '-subj', subject],
      ...extensions(sans).flatMap((extension) => ['-addext', extension]),
      ...['-keyout', `${name}.key`, '-out', `${name}.crt`],
    );
  await Promise.all(requests.map(sign));
  await writeFile(join(dir, 'complete'), '');
}

function extensions(sans: readonly string[]): string[] {
  const common = ['basicConstraints=critical,CA:FALSE', 'keyUsage=critical,digitalSignature'];
  if (sans.length === 0) return [...common, 'extendedKeyUsage=clientAuth'];
  return [...common, 'extendedKeyUsage=serverAuth,clientAuth', `subjectAltName=${sans.join(',')}`];
}

export async function readCredentials(dir: string, name: CertificateName): Promise<Credentials> {
  const [ca = '', cert = '', key = ''] = await Promise.all(
    ['ca.crt', `${name}.crt`, `${name}.key`].map(async (file) => readFile(join(dir, file), 'utf8')),
  );
  return { ca, cert, key };
}
