import { join } from 'node:path';
import type { CertificateName } from './certificates.ts';
import {
  apiServerFlags,
  auditPolicy,
  type ControlPlaneLayout,
  controllerManagerFlags,
  etcdFlags,
  schedulerFlags,
} from './control-plane-flags.ts';
import { nodePaths } from './namespaces.ts';
import type { NodeNetwork } from './network.ts';

/** The processes of a single-node cluster, by the name of their program. */
export type ComponentName =
  | 'containerd'
  | 'coredns'
  | 'etcd'
  | 'kube-apiserver'
  | 'kube-controller-manager'
  | 'kube-proxy'
  | 'kube-scheduler'
  | 'kubelet';

export const nodeName = 'rune';

/** Started first; the others need the API server to answer. */
export const foundation: readonly ComponentName[] = ['etcd', 'containerd', 'kube-apiserver'];
export const dependents: readonly ComponentName[] = [
  'kube-controller-manager',
  'kube-scheduler',
  'kubelet',
  'kube-proxy',
  'coredns',
];

/** Components with a kubeconfig of their own, and whose certificate is in it. */
export const kubeconfigOwners: readonly CertificateName[] = [
  'coredns',
  'kube-controller-manager',
  'kube-proxy',
  'kube-scheduler',
  'kubelet',
];

const inCluster = (path: string) => join(nodePaths.cluster, path);
const kubeconfigOf = (name: CertificateName) => inCluster(`etc/${name}.kubeconfig`);

/** What each component is started with, as seen inside the node. */
export function componentCommand(name: ComponentName, network: NodeNetwork): string[] {
  const layout = nodeLayout(network);
  const program = join(nodePaths.bin, name);
  switch (name) {
    case 'containerd':
      return ['containerd', '--config', inCluster('etc/containerd.toml')];
    case 'coredns':
      return [program, '-conf', inCluster('etc/Corefile')];
    case 'etcd':
      return [program, ...etcdFlags(layout)];
    case 'kube-apiserver':
      return [program, ...apiServerFlags(layout, kubeletAccess(layout))];
    case 'kube-controller-manager':
      return [program, ...controllerManagerFlags(layout, kubeconfigOf('kube-controller-manager'))];
    case 'kube-proxy':
      return [program, `--config=${inCluster('etc/kube-proxy.yaml')}`];
    case 'kube-scheduler':
      return [program, ...schedulerFlags(kubeconfigOf('kube-scheduler'))];
    case 'kubelet':
      return [
        program,
        `--config=${inCluster('etc/kubelet.yaml')}`,
        `--kubeconfig=${kubeconfigOf('kubelet')}`,
        `--hostname-override=${nodeName}`,
        `--node-ip=${network.nodeAddress}`,
      ];
  }
}

function nodeLayout(network: NodeNetwork): ControlPlaneLayout {
  return {
    pkiDir: inCluster('pki'),
    etcdDir: inCluster('etcd'),
    auditPolicy: inCluster('etc/audit-policy.yaml'),
    auditLog: inCluster('audit/audit.log'),
    address: network.nodeAddress,
    apiPort: 6443,
    etcdPort: 2379,
    etcdPeerPort: 2380,
  };
}

function kubeletAccess({ pkiDir }: ControlPlaneLayout): string[] {
  return [
    `--kubelet-certificate-authority=${pkiDir}/ca.crt`,
    `--kubelet-client-certificate=${pkiDir}/admin.crt`,
    `--kubelet-client-key=${pkiDir}/admin.key`,
    '--kubelet-preferred-address-types=InternalIP',
  ];
}

/** The configuration files of the components: path below `etc/`, and content to be written as YAML, or as it is. */
export function componentFiles(inputs: {
  network: NodeNetwork;
  cgroupRoot: string;
  cniPluginDir: string;
  pauseImage: string;
  snapshotter: 'native' | 'overlayfs';
}): Readonly<Record<string, string | object>> {
  const { network } = inputs;
  return {
    'containerd.toml': containerdConfig(inputs.cniPluginDir, inputs.pauseImage, inputs.snapshotter),
    'audit-policy.yaml': auditPolicy,
    'cni/10-rune.conflist': JSON.stringify(cniConfig(network.pods)),
    'kubelet.yaml': kubeletConfig(network, inputs.cgroupRoot),
    'kube-proxy.yaml': proxyConfig(network.pods),
    Corefile: corefile(network.nodeAddress),
    'resolv.conf': '', // Pods with dnsPolicy Default: this machine's own name servers cannot be reached from the node.
  };
}

function containerdConfig(cniPluginDir: string, pauseImage: string, snapshotter: string): string {
  return `version = 2
root = "/var/lib/containerd"
state = "/run/containerd"
[grpc]
  address = "/run/containerd/containerd.sock"
[plugins."io.containerd.internal.v1.opt"]
  path = "/var/lib/containerd/opt"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${pauseImage}"
  # Without this no Pod starts where root lacks CAP_SYS_RESOURCE, as in many CI machines.
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "${cniPluginDir}"
    conf_dir = "${inCluster('etc/cni')}"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "${snapshotter}"
`;
}

function cniConfig(pods: string): object {
  const ipam = { type: 'host-local', ranges: [[{ subnet: pods }]], routes: [{ dst: '0.0.0.0/0' }] };
  const bridge = { type: 'bridge', bridge: 'cni0', isGateway: true, ipMasq: true, hairpinMode: true, ipam };
  const portmap = { type: 'portmap', capabilities: { portMappings: true } };
  return { cniVersion: '1.0.0', name: 'rune', plugins: [bridge, portmap] };
}

function kubeletConfig(network: NodeNetwork, cgroupRoot: string): object {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: inCluster('pki/ca.crt') },
    },
    authorization: { mode: 'Webhook' },
    cgroupDriver: 'cgroupfs',
    cgroupRoot,
    clusterDNS: [network.nodeAddress],
    clusterDomain: 'cluster.local',
    containerRuntimeEndpoint: 'unix:///run/containerd/containerd.sock',
    enforceNodeAllocatable: [],
    evictionHard: { 'memory.available': '100Mi', 'nodefs.available': '1%', 'imagefs.available': '1%' },
    failSwapOn: false,
    imageGCHighThresholdPercent: 100, // No registry could give back an image that was cleaned away.
    maxPods: 250,
    nodeLeaseDurationSeconds: 16,
    nodeStatusReportFrequency: '1m',
    nodeStatusUpdateFrequency: '4s',
    registerNode: true,
    resolvConf: inCluster('etc/resolv.conf'),
    shutdownGracePeriod: '0s',
    tlsCertFile: inCluster('pki/kubelet.crt'),
    tlsPrivateKeyFile: inCluster('pki/kubelet.key'),
    volumePluginDir: '/var/lib/kubelet/volume-plugins',
  };
}

function proxyConfig(pods: string): object {
  return {
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    clientConnection: { kubeconfig: kubeconfigOf('kube-proxy') },
    clusterCIDR: pods,
    conntrack: { maxPerCore: 0, min: 0 }, // Those limits belong to the whole machine.
    hostnameOverride: nodeName,
    mode: 'iptables',
  };
}

function corefile(address: string): string {
  return `.:53 {
  bind ${address}
  errors
  ready ${address}:8181
  kubernetes cluster.local in-addr.arpa {
    kubeconfig ${kubeconfigOf('coredns')}
    pods insecure
  }
  cache 5
}
`;
}
