/** The status page in a browser on this host: from the request to the first figure, and to the chart. */
import { inChromium } from './chromium.ts';
import { median, note, QUICK } from './measure.ts';
import { give } from './row.ts';

const LOADS = QUICK ? 3 : 15;
const BUDGET_MS = 300;
const BUDGET_KB = 100;
const WHAT = 'Status page: first figure in the browser';
const BUDGET = `<= ${BUDGET_MS} ms`;

/** Looks at each frame; both times are since the request for the page. */
const WATCH = `(() => {
  const look = () => {
    if (/\\d/.test(document.querySelector('#watts')?.textContent ?? '')) window.first ??= performance.now();
    if (document.querySelector('#plot canvas') !== null) window.drawn ??= performance.now();
    if (window.drawn === undefined) requestAnimationFrame(look);
  };
  look();
})()`;

await inChromium({ what: WHAT, budget: BUDGET }, async (browser, agent) => {
  const [firsts, charts, bytes]: [number[], number[], number[]] = [[], [], []];
  for (let i = 0; i < LOADS; i++) {
    // A context of its own: nothing is in a cache.
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.addInitScript(WATCH);
    const sizes: Promise<number>[] = [];
    page.on('requestfinished', (request) => {
      const size = request.sizes().then(({ responseBodySize, responseHeadersSize }) => {
        return responseBodySize + responseHeadersSize;
      });
      sizes.push(size.catch(() => 0));
    });
    await page.goto(new URL('/', agent.url).href);
    // A function: a text would have to be evaluated in the page, which its Content-Security-Policy forbids.
    await page.waitForFunction(() => 'first' in globalThis && 'drawn' in globalThis);
    firsts.push((await page.evaluate('window.first')) as number);
    charts.push((await page.evaluate('window.drawn')) as number);
    bytes.push((await Promise.all(sizes)).reduce((total, size) => total + size, 0));
    await context.close();
  }
  const [first, chart] = [median(firsts), median(charts)];
  note(`page: first figure ${first.toFixed(0)} ms, chart ${chart.toFixed(0)} ms`);
  give({
    what: WHAT,
    ours: `${first.toFixed(0)} ms`,
    reference: `${BUDGET_MS} ms`,
    ratio: first / BUDGET_MS,
    budget: BUDGET,
    met: first <= BUDGET_MS,
    how: `median of ${LOADS} loads without a cache, on loopback; the chart is drawn after ${chart.toFixed(0)} ms`,
  });
  const size = median(bytes) / 1000;
  give({
    what: 'Status page: transferred until the first figure and the chart are there',
    ours: `${size.toFixed(1)} kB`,
    reference: `${BUDGET_KB} kB`,
    ratio: size / BUDGET_KB,
    budget: `<= ${BUDGET_KB} kB`,
    met: size <= BUDGET_KB,
    how: 'bodies and headers of all answers, as the browser counts them, in the same loads',
  });
});
