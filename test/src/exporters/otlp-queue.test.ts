import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createExportQueue, type Packed } from '../../../src/exporters/otlp-queue.ts';

const packed = (size: number): Packed => ({ bytes: new Uint8Array(size), encoding: undefined });

describe('exports that wait', () => {
  it('take no more memory than their bytes, whatever the page is that a compressor gave them in', async () => {
    const body: Uint8Array = await promisify(gzip)(Buffer.from('one export'));
    expect(body.buffer.byteLength).toBeGreaterThan(body.byteLength);
    const queue = createExportQueue();
    queue.add({ bytes: body, encoding: 'gzip' });
    const kept = queue.next();
    expect(kept?.bytes).toEqual(new Uint8Array(body));
    expect(kept?.bytes.buffer.byteLength).toBe(body.byteLength);
    expect(kept?.encoding).toBe('gzip');
  });

  it('are never more than there is room for, come in the order in which they were made, and each is counted once', () => {
    const steps = fc.array(
      fc.oneof(
        fc.record({ kind: fc.constant('add' as const), size: fc.integer({ min: 1, max: 60 }) }),
        fc.record({ kind: fc.constantFrom('taken' as const, 'not taken' as const) }),
      ),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(steps, (all) => {
        const most = 100;
        const queue = createExportQueue(most);
        let waiting: number[] = [];
        let [made, dropped, taken] = [0, 0, 0];
        const total = (): number => waiting.reduce((sum, size) => sum + size, 0);
        const shorten = (gone: number): void => {
          dropped += gone;
          waiting = waiting.slice(gone);
          expect(waiting.length === 1 || total() <= most).toBe(true);
        };
        for (const step of all) {
          if (step.kind === 'add') {
            made += 1;
            waiting.push(step.size);
            shorten(queue.add(packed(step.size)));
          } else {
            const one = queue.next();
            expect(one?.bytes.byteLength).toBe(waiting.shift());
            if (one === undefined) continue;
            if (step.kind === 'taken') taken += 1;
            else {
              waiting.unshift(one.bytes.byteLength);
              shorten(queue.putBack(one));
            }
          }
          expect(queue.size).toBe(waiting.length);
        }
        expect(made).toBe(taken + dropped + queue.size);
      }),
    );
  });
});
