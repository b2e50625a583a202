import { createHash } from 'node:crypto';
import { run, succeeds } from './command.ts';

/** How a node in its own network namespace is joined to this machine: one cable, two addresses, a range for Pods. */
export interface NodeNetwork {
  /** The host's end of the cable; at most 15 characters, as the kernel wants. */
  readonly hostDevice: string;
  /** This machine as Pods see it. */
  readonly hostAddress: string;
  /** The node, its API server and its DNS server as this machine and Pods see them. */
  readonly nodeAddress: string;
  /** Range of the cable, for example `10.192.3.4/30`. */
  readonly cable: string;
  /** Range of the Pods, for example `10.176.3.0/24`. */
  readonly pods: string;
}

/** The node's end of the cable, inside its namespace. */
export const nodeDevice = 'uplink';

/** Index 0 to 4095: Pods get 10.176.0.0/24 to 10.191.255.0/24, cables 10.192.0.0/30 to 10.192.63.252/30. */
const networkCount = 4096;

/** Chooses ranges that no route or address of this machine touches; the same id gets the same ones where it can. */
export function chooseNetwork(id: string, taken: readonly string[]): NodeNetwork {
  const first = createHash('sha256').update(id).digest().readUInt16BE(0) % networkCount;
  for (let step = 0; step < networkCount; step++) {
    const network = networkAt((first + step) % networkCount, id);
    if (!taken.some((range) => overlaps(range, network.cable) || overlaps(range, network.pods))) return network;
  }
  throw new Error('no free network: all of 10.176.0.0/12 and 10.192.0.0/18 is in use on this machine');
}

export function networkAt(index: number, id: string): NodeNetwork {
  const cable = `10.192.${index >> 6}`;
  const offset = (index & 63) * 4;
  return {
    hostDevice: `rune-${id}`,
    hostAddress: `${cable}.${offset + 1}`,
    nodeAddress: `${cable}.${offset + 2}`,
    cable: `${cable}.${offset}/30`,
    pods: `10.${176 + (index >> 8)}.${index & 255}.0/24`,
  };
}

/** Whether two IPv4 ranges share an address; a bare address is a range of one. */
export function overlaps(one: string, other: string): boolean {
  const [a, b] = [parseRange(one), parseRange(other)];
  const shift = 32 - Math.min(a.bits, b.bits);
  return shift === 32 || a.address >>> shift === b.address >>> shift;
}

function parseRange(range: string): { address: number; bits: number } {
  const [address = '', bits = '32'] = range.split('/');
  const value = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  return { address: value >>> 0, bits: Number(bits) };
}

/** All IPv4 ranges that this machine has an address in or a route to, the default route apart. */
export async function takenRanges(): Promise<string[]> {
  const routes = JSON.parse(await run('ip', ['-j', '-4', 'route', 'show', 'table', 'all'])) as { dst?: string }[];
  const links = JSON.parse(await run('ip', ['-j', '-4', 'address', 'show'])) as {
    addr_info?: { local?: string; prefixlen?: number }[];
  }[];
  const addresses = links.flatMap((link) => link.addr_info ?? []).map((info) => `${info.local}/${info.prefixlen}`);
  return [...routes.flatMap((route) => route.dst ?? []), ...addresses].filter((range) => /^\d+\./.test(range));
}

/** Joins the namespace of process `pid` to this machine. Nothing of it outlives the namespace or the host's device. */
export async function connectNode(network: NodeNetwork, pid: number): Promise<void> {
  const { hostDevice, hostAddress, nodeAddress, pods } = network;
  const inNode = async (...args: string[]) => run('nsenter', ['--target', String(pid), '--net', 'ip', ...args]);
  await run('ip', ['link', 'add', hostDevice, 'type', 'veth', 'peer', 'name', nodeDevice, 'netns', String(pid)]);
  await run('ip', ['address', 'add', `${hostAddress}/30`, 'dev', hostDevice]);
  await run('ip', ['link', 'set', hostDevice, 'up']);
  await inNode('link', 'set', 'lo', 'up');
  await inNode('address', 'add', `${nodeAddress}/30`, 'dev', nodeDevice);
  await inNode('link', 'set', nodeDevice, 'up');
  await run('ip', ['route', 'add', pods, 'via', nodeAddress, 'dev', hostDevice]);
}

/** Takes the cable away; the routes over it go with it. */
export async function disconnectNode(hostDevice: string): Promise<void> {
  if (await succeeds('ip', ['link', 'show', hostDevice])) await run('ip', ['link', 'delete', hostDevice]);
}
