import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventLog, MAX_LINE_BYTES, MAX_TOTAL_BYTES } from './events.ts';

const NOW = new Date('2026-01-02T03:04:05.678Z');

function collect() {
  const lines: string[] = [];
  return {
    lines,
    log: eventLog({ write: (line, written) => lines.push(line) && written(), drain: () => {} }, () => NOW),
  };
}

/** Long texts of few pieces, which are quick to make and to shrink. */
const texts = fc
  .tuple(fc.string({ unit: 'binary', maxLength: 30 }), fc.nat(400))
  .map(([piece, times]) => piece.repeat(times));

describe('eventLog', () => {
  it('numbers and dates its lines', () => {
    const { lines, log } = collect();
    log.emit('log', { message: 'one' });
    log.emit('usage', { inputTokens: 3, status: undefined });
    expect(lines).toEqual([
      '{"v":1,"seq":0,"t":"2026-01-02T03:04:05.678Z","type":"log","message":"one"}\n',
      '{"v":1,"seq":1,"t":"2026-01-02T03:04:05.678Z","type":"usage","inputTokens":3}\n',
    ]);
  });

  it('counts and hashes only what was written once its lines are drained', () => {
    const waiting: (() => void)[] = [];
    const log = eventLog({ write: (_, written) => waiting.push(written), drain: () => waiting[0]?.() }, () => NOW);
    log.emit('log', { message: 'kept' });
    log.emit('log', { message: 'lost' });
    const kept = '{"v":1,"seq":0,"t":"2026-01-02T03:04:05.678Z","type":"log","message":"kept"}\n';
    expect(log.summary()).toEqual({ count: 1, dropped: 1, sha256: createHash('sha256').update(kept).digest('hex') });
  });

  it('cuts lines that would be too long, never within a character', () => {
    fc.assert(
      fc.property(texts, texts, (answer, message) => {
        const { lines, log } = collect();
        log.emit('result', { message, answer });
        expect(lines).toHaveLength(1);
        expect(Buffer.byteLength(lines[0] ?? '')).toBeLessThanOrEqual(MAX_LINE_BYTES);
        const decoded = JSON.parse(lines[0] ?? '') as { answer: string; message: string };
        expect(answer.toWellFormed().startsWith(decoded.answer)).toBe(true);
        expect(message.toWellFormed().startsWith(decoded.message)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  it('fills a line as far as it goes', () => {
    const { lines, log } = collect();
    log.emit('result', { answer: 'a'.repeat(MAX_LINE_BYTES) });
    expect(Buffer.byteLength(lines[0] ?? '')).toBe(MAX_LINE_BYTES);
    expect(lines[0]).toContain('"truncated":true');
  });

  it('counts and drops what goes beyond 8 MiB, but for the result', () => {
    const { lines, log } = collect();
    for (let index = 0; index < 800; index++) log.emit('log', { message: 'm'.repeat(MAX_LINE_BYTES) });
    log.emit('result', { answer: 'a'.repeat(MAX_LINE_BYTES) });
    const summary = log.summary();
    expect(summary).toEqual({
      count: lines.length,
      dropped: 801 - lines.length,
      sha256: createHash('sha256').update(lines.join('')).digest('hex'),
    });
    expect(summary.dropped).toBeGreaterThan(0);
    expect(Buffer.byteLength(lines.join(''))).toBeLessThanOrEqual(MAX_TOTAL_BYTES);
    expect(lines.at(-1)).toContain('"type":"result"');
  });
});
