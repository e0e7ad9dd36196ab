import { existsSync } from 'node:fs';
import { startAgent } from './agent-process.ts';
import { give, notMeasured } from './row.ts';

const CHROMIUM = '/usr/bin/chromium';
/** Power is known from the second sample on. */
const SAMPLED_MS = 12_000;

/** Hands an agent that has sampled twice, and a browser, to `measure`, and ends both. Without a browser the row says so. */
export const inChromium = async (
  row: { readonly what: string; readonly budget: string },
  measure: (
    browser: import('playwright-core').Browser,
    agent: Awaited<ReturnType<typeof startAgent>>,
  ) => Promise<void>,
): Promise<void> => {
  if (!existsSync(CHROMIUM)) {
    give(notMeasured(row.what, row.budget, `${CHROMIUM} is missing: apt-get install chromium`));
    return;
  }
  const { chromium } = await import('playwright-core');
  const agent = await startAgent();
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
  });
  try {
    await new Promise((resolve) => setTimeout(resolve, SAMPLED_MS));
    await measure(browser, agent);
  } finally {
    await browser.close();
    await agent.stop();
  }
};
