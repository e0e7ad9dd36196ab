import { defineConfig } from 'vitest/config';

/** `npm run test:gpu`: what needs an NVIDIA GPU, and says so where there is none. */
export default defineConfig({
  test: {
    include: ['test/gpu/**/*.gpu.ts'],
    globalSetup: ['test/fixtures/global-setup.ts'],
    testTimeout: 180_000,
    hookTimeout: 120_000,
    pool: 'forks',
    reporters: ['verbose'],
  },
});
