import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { coverSwitchback } from '../../bench/coverage-switchback.ts';
import { hasCornell, readCornell } from '../../fixtures/cornell-trace.ts';

const ROOT = join(import.meta.dirname, '../../..');

describe.skipIf(!hasCornell(ROOT))(
  'on/off tests on real GPU hosts (skipped where ../shared/data is absent)',
  () => {
    const run = (saving: number) =>
      coverSwitchback(readCornell(ROOT), {
        blockHours: 6,
        days: 28,
        saving,
        windows: 200,
        seed: 'trace',
        draws: 499,
      });

    it('hold the truth in about nine of ten windows where nothing was done, within 5 %', async () => {
      const found = await run(0);
      // 0.90 with a standard error of 0.021, and 0.05 with one of 0.015.
      expect(Math.abs(found.coverage - 0.9)).toBeLessThan(3 * 0.021);
      expect(found.found).toBeLessThan(0.05 + 3 * 0.015);
      expect(found.halfWidth).toBeLessThan(0.05);
      expect(found.none).toBe(0);
    });

    it('find a saving of 10 % in at least 85 of 100', async () => {
      const found = await run(0.1);
      expect(found.found).toBeGreaterThanOrEqual(0.85);
      expect(found.coverage).toBeGreaterThan(0.85);
      expect(Math.abs(found.bias)).toBeLessThan(0.01);
    });
  },
);
