/** Asks a Prometheus what every panel asks, has the page draw it, and keeps a picture of each dashboard. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { BOARDS } from '../../dashboards/boards/index.ts';
import { boardOf } from '../../dashboards/kit/board.ts';
import type { BoardSpec } from '../../dashboards/kit/spec.ts';
import { openBrowser } from '../fixtures/browser.ts';
import { answerOf } from '../fixtures/dashboard-answers.ts';
import { askedMetrics, type Moment, stepOf } from '../fixtures/dashboard-queries.ts';
import { PAST_STEP, writePast } from '../fixtures/dashboards-past.ts';
import { debianProgram } from '../fixtures/debian.ts';
import { freePort } from '../fixtures/free-port.ts';
import { type FilledEngine, startEngine } from '../fixtures/history-engines.ts';
import type { Answer, Target } from './frames.ts';

const [, , here = '', ...rest] = process.argv;
const { values: flags, positionals: chosen } = parseArgs({
  args: rest,
  allowPositionals: true,
  options: { past: { type: 'string' }, out: { type: 'string' }, mode: { type: 'string' } },
});
const out = flags.out ?? join(here, 'pictures');
const modes = (['light', 'dark'] as const).filter((mode) => (flags.mode ?? mode) === mode);

const DAY = 86_400;
/** 2026-03-08T00:00Z, a Sunday. */
const TO = 1_772_928_000;
const A_DAY: Moment = { from: TO - DAY, to: TO, scrape: PAST_STEP, chosen: { period: '1d' } };
/** As the suite of the dashboards asks them. */
const MOMENTS: Readonly<Record<string, Moment>> = {
  'negawatt-savings': { ...A_DAY, from: TO - 2 * DAY },
  'negawatt-gpu': { ...A_DAY, from: TO - 6 * 3600 },
};

const fleetOf = async (directory: string): Promise<FilledEngine> => {
  const program = debianProgram('/usr/bin/prometheus', 'prometheus');
  if (program === undefined) throw new Error('Prometheus is not installed: apt-get install prometheus');
  const tsdb = join(directory, 'tsdb');
  if (!existsSync(tsdb)) {
    console.log('makes the past of a simulated fleet, some minutes');
    const asked = askedMetrics();
    await writePast({
      ...{ directory, hosts: 12, days: 2.1, to: TO, isKept: (metric) => asked.has(metric) },
      golden: join(here, '..', 'golden', 'savings-points.txt'),
      last: { training: 8 * 3600, batch: 1.1 * DAY, guest: 1.1 * DAY },
    });
  }
  const config = join(directory, 'prometheus.yml');
  writeFileSync(config, 'scrape_configs: []\n');
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const args = [
    `--config.file=${config}`,
    `--storage.tsdb.path=${tsdb}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ];
  const isKept = flags.past !== undefined;
  return startEngine(program, [...args, '--storage.tsdb.retention.time=100y'], directory, url, { isKept });
};

/** Panels as Grafana reads them, with what was answered. */
const shownOf = async (url: string, board: BoardSpec, mode: string) => {
  const moment = MOMENTS[board.uid] ?? A_DAY;
  const made = JSON.parse(JSON.stringify(boardOf(board))) as {
    panels: { type: string; targets?: Target[] }[];
  };
  const specs = board.rows.flatMap(({ panels }) => panels);
  const answers: (readonly Answer[])[] = [];
  let place = 0;
  for (const { type, targets = [] } of made.panels) {
    const panel = type === 'row' ? undefined : specs[place++];
    const told: Answer[] = [];
    for (const [at, ask] of (panel?.asks ?? []).entries()) {
      const [target, query] = [targets[at], panel === undefined ? undefined : { board, panel, ask }];
      if (target === undefined || query === undefined) throw new Error(`${panel?.title} lacks a target`);
      told.push({ target, series: await answerOf(url, query, moment), step: stepOf(query, moment) * 1000 });
    }
    answers.push(told);
  }
  return { title: board.title, panels: made.panels, answers, from: moment.from, to: moment.to, mode };
};

const packages = join(here, 'node_modules');
const FONTS: Readonly<Record<string, string>> = {
  'inter/Inter-Regular': '@fontsource/inter/files/inter-latin-400-normal',
  'inter/Inter-Medium': '@fontsource/inter/files/inter-latin-500-normal',
  'inter/Inter-Italic': '@fontsource/inter/files/inter-latin-400-italic',
};
const MONOSPACE = '@fontsource/roboto-mono/files/roboto-mono-latin-400-normal';

/** What a Grafana serves beside the page: icons from the package, fonts from theirs. */
const fileOf = (path: string): string | undefined => {
  if (/^\/page\.(js|css)$/.test(path)) return join(import.meta.dirname, path);
  const [, icon] = /^\/public\/build\/(img\/icons\/[\w/-]+\.svg)$/.exec(path) ?? [];
  if (icon !== undefined) return join(packages, '@grafana/ui/dist/public', icon);
  const [, font = ''] = /^\/public\/fonts\/(.*)\.woff2$/.exec(path) ?? [];
  return font === '' ? undefined : join(packages, `${FONTS[font] ?? MONOSPACE}.woff2`);
};

const PAGE =
  '<!doctype html><html lang="en"><meta charset="utf-8"><link rel="stylesheet" href="/page.css"><body><script src="/page.js"></script></body>';
const face = (weight: number, file: string): string =>
  `@font-face{font-family:Inter;font-weight:${weight};src:url(/public/fonts/inter/${file}.woff2)}`;
/** Fonts before anything is measured with them. */
const STYLE = `${face(400, 'Inter-Regular')}${face(500, 'Inter-Medium')}
body{margin:0;height:auto;overflow:visible}.nothing{padding:8px;text-align:center}`;

/** No server and no other address: every request is answered here, or is a fault. */
const openLook = async (browser: Browser, faults: string[]): Promise<Page> => {
  const context = await browser.newContext({
    ...{
      locale: 'en-GB',
      timezoneId: 'UTC',
      viewport: { width: 1440, height: 900 },
      reducedMotion: 'reduce',
    },
  });
  const page = await context.newPage();
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) faults.push(message.text());
  });
  await page.route('**/*', async (route) => {
    const { pathname } = new URL(route.request().url());
    if (pathname === '/') return route.fulfill({ contentType: 'text/html', body: PAGE });
    const path = fileOf(pathname);
    if (path !== undefined && existsSync(path)) return route.fulfill({ path });
    faults.push(`asks for ${pathname}`);
    return route.abort();
  });
  await page.goto('http://look.invalid/');
  await page.addStyleTag({ content: STYLE });
  return page;
};

const directory = flags.past ?? mkdtempSync(join(tmpdir(), 'negawatt-look-'));
mkdirSync(directory, { recursive: true });
mkdirSync(out, { recursive: true });
const engine = await fleetOf(directory);
const browser = await openBrowser();
let count = 0;
try {
  for (const board of BOARDS) {
    const name = board.uid.replace('negawatt-', '');
    if (chosen.length > 0 && !chosen.includes(name)) continue;
    for (const mode of modes) {
      const faults: string[] = [];
      const page = await openLook(browser, faults);
      const shown = await shownOf(engine.url, board, mode);
      await page.evaluate(
        (what) => (globalThis as unknown as { show(what: unknown): Promise<void> }).show(what),
        shown,
      );
      const height = (await page.evaluate('document.documentElement.scrollHeight')) as number;
      await page.setViewportSize({ width: 1440, height });
      await page.waitForTimeout(1500);
      faults.push(...((await page.evaluate('faultsOf()')) as string[]));
      await page.screenshot({ path: join(out, `${name}-${mode}.png`) });
      await page.context().close();
      const all = [...new Set(faults)];
      count += all.length;
      console.log(`${name} (${mode}): ${shown.panels.length} panels, ${all.length} faults`);
      for (const fault of all) console.log(`  ${fault}`);
    }
  }
} finally {
  await browser.close();
  await engine.close();
  if (flags.past === undefined) rmSync(directory, { recursive: true, force: true });
}
console.log(`pictures are in ${out}`);
process.exitCode = count === 0 ? 0 : 1;
