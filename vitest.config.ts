import { defineConfig } from 'vitest/config';
import { SkippedWithoutRoot } from './test/fixtures/skipped-without-root.ts';

const inCi = process.env.CI !== undefined && process.env.CI !== '';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/bench/**', '**/node_modules/**'],
    globalSetup: ['test/fixtures/global-setup.ts'],
    testTimeout: 30_000,
    hookTimeout: 120_000,
    // What a page shows comes with its next question to the agent, a second later or more: the default is one second.
    expect: { poll: { timeout: 10_000 } },
    pool: 'forks',
    // Much of the time of those that start agents is waiting: three at a time, also where there are two processors (two
    // at a time take a quarter longer there).
    maxWorkers: 3,
    reporters: [
      'default',
      new SkippedWithoutRoot(),
      ...(inCi ? [['json', { outputFile: 'test-report.json' }] as ['json', object]] : []),
    ],
  },
});
