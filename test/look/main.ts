/** Asks a Prometheus what every panel asks, has the page draw it, and keeps a picture of each dashboard. */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { BOARDS } from '../../dashboards/boards/index.ts';
import { boardOf } from '../../dashboards/kit/board.ts';
import type { BoardSpec } from '../../dashboards/kit/spec.ts';
import { openBrowser } from '../fixtures/browser.ts';
import { answerOf } from '../fixtures/dashboard-answers.ts';
import { stepOf } from '../fixtures/dashboard-queries.ts';
import type { Answer, Target } from './frames.ts';
import { engineAt, type Source, simulatedFleet } from './source.ts';

const [, , here = '', ...rest] = process.argv;
const text = { type: 'string' } as const;

const refuse = (why: string): never => {
  console.error(`${why}. How it is used stands at the top of test/look/run.mjs`);
  process.exit(64);
};

const flagsOf = () => {
  try {
    return parseArgs({
      ...{ args: rest, allowPositionals: true },
      options: {
        ...{ past: text, prometheus: text, to: text, scrape: text, measure: text, out: text, mode: text },
        width: text,
      },
    });
  } catch (error) {
    return refuse((error as Error).message);
  }
};

const { values: flags, positionals: chosen } = flagsOf();
const nameOf = ({ uid }: BoardSpec): string => uid.replace('negawatt-', '');
const names = BOARDS.map(nameOf);
const unknown = chosen.find((name) => !names.includes(name));
if (unknown !== undefined) refuse(`There is no dashboard ${unknown}: there are ${names.join(', ')}`);
for (const name of ['to', 'scrape', 'width'] as const)
  if (!(Number(flags[name] ?? 1) > 0)) refuse(`--${name} ${flags[name]}: a number above 0`);
/** Pixels of a dashboard on a laptop. */
const WIDTH = Number(flags.width ?? 1440);
const out = flags.out ?? join(here, 'pictures');
/** Last what each panel says where there is nothing: no measure, no board, no grid zone. */
const modes = (['light', 'dark', 'empty'] as const).filter((mode) => (flags.mode ?? mode) === mode);
if (flags.mode !== undefined && modes.length === 0) refuse(`--mode ${flags.mode}: light, dark or empty`);

/** Panels as Grafana reads them, with what was answered. */
const shownOf = async ({ url, momentOf, hasAll }: Source, board: BoardSpec, mode: string) => {
  const moment = momentOf(board);
  const made = JSON.parse(JSON.stringify(boardOf(board))) as {
    panels: { type: string; targets?: Target[] }[];
  };
  const specs = board.rows.flatMap(({ panels }) => panels);
  const answers: (readonly Answer[])[] = [];
  const empty: string[] = [];
  let place = 0;
  for (const { type, targets = [] } of made.panels) {
    const panel = type === 'row' ? undefined : specs[place++];
    const told: Answer[] = [];
    for (const [at, ask] of (panel?.asks ?? []).entries()) {
      const [target, query] = [targets[at], panel === undefined ? undefined : { board, panel, ask }];
      if (target === undefined || query === undefined) throw new Error(`${panel?.title} lacks a target`);
      const series = mode === 'empty' ? [] : await answerOf(url, query, moment);
      told.push({ target, series, step: stepOf(query, moment) * 1000 });
    }
    answers.push(told);
    const isMissed = panel?.asks.some(({ mayBeEmpty }) => mayBeEmpty === undefined) === true;
    if (hasAll && mode !== 'empty' && isMissed && told.every(({ series }) => series.length === 0))
      empty.push(`${panel.title}: is empty`);
  }
  const shown = {
    title: board.title,
    panels: made.panels,
    answers,
    ...{ from: moment.from, to: moment.to, mode: mode === 'dark' ? 'dark' : 'light' },
  };
  return { shown, empty };
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
      viewport: { width: WIDTH, height: 900 },
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

mkdirSync(out, { recursive: true });
const source =
  flags.prometheus === undefined
    ? await simulatedFleet(join(here, '..', 'golden', 'savings-points.txt'), flags.past)
    : engineAt(
        flags.prometheus.replace(/\/$/, ''),
        Number(flags.to ?? Date.now() / 1000),
        Number(flags.scrape ?? 60),
        flags.measure,
      );
const browser = await openBrowser();
let count = 0;
try {
  for (const board of BOARDS) {
    const name = nameOf(board);
    if (chosen.length > 0 && !chosen.includes(name)) continue;
    for (const mode of modes) {
      const faults: string[] = [];
      const page = await openLook(browser, faults);
      const { shown, empty } = await shownOf(source, board, mode);
      faults.push(...empty);
      await page.evaluate(
        (what) => (globalThis as unknown as { show(what: unknown): Promise<void> }).show(what),
        shown,
      );
      const height = (await page.evaluate('document.documentElement.scrollHeight')) as number;
      await page.setViewportSize({ width: WIDTH, height });
      await page.waitForTimeout(1500);
      faults.push(...((await page.evaluate(`faultsOf(${mode === 'empty'})`)) as string[]));
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
  await source.close();
}
console.log(`pictures are in ${out}`);
process.exitCode = count === 0 ? 0 : 1;
