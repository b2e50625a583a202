import { vi } from 'vitest';

/** Waits until a check passes. Nothing is told by how long it takes: a busy machine only makes it wait longer. */
export function eventually(check: () => void | Promise<void>): Promise<void> {
  return vi.waitFor(check, { timeout: 4_500, interval: 10 });
}
