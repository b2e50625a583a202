import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ByteBuffer } from './byte-buffer.ts';

it('gives what came, once, however it was cut', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array()), (chunks) => {
      const bytes = new ByteBuffer();
      for (const chunk of chunks) bytes.push(Buffer.from(chunk));
      const all = Buffer.concat(chunks);
      expect(bytes.length).toBe(all.length);
      const taken = bytes.take();
      bytes.push(Buffer.from('next'));
      expect(taken).toEqual(all);
      expect(bytes.take().toString()).toBe('next');
      expect(bytes.length).toBe(0);
    }),
  );
});
