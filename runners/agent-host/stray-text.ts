import { printable } from '../protocol/text.ts';

const MAX_BYTES = 256 * 1024;

/** Passes on what a driver writes beside the protocol, for the container's log; after 256 KiB of a question no more. */
export function strayText(write: (text: string) => void): (bytes: Buffer) => void {
  let left = MAX_BYTES;
  return (bytes) => {
    if (left <= 0) return;
    const text = printable(bytes.subarray(0, left).toString('utf8'));
    left -= bytes.length;
    write(text.endsWith('\n') ? text : `${text}\n`);
    if (left <= 0) write('agent-host: the driver writes much; the rest of it is left out\n');
  };
}
