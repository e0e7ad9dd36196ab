import { defineConfig } from 'vitest/config';
import { SkippedWithoutRoot } from './test/fixtures/skipped-without-root.ts';

/** `npm run test:long`: the long forms of test/faults/, one after the other; figures go to test/faults/RESULTS.md. */
export default defineConfig({
  test: {
    include: ['test/faults/**/*.long.ts'],
    globalSetup: ['test/fixtures/global-setup.ts'],
    // One at a time: each measures, and two at once would measure each other.
    fileParallelism: false,
    testTimeout: 3_600_000,
    hookTimeout: 120_000,
    pool: 'forks',
    reporters: ['verbose', new SkippedWithoutRoot()],
  },
});
