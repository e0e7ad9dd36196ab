/** The page and the reports of `negawatt fleet` in a real browser: they show what the API says, and say what is wrong. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { energies, energy, together } from '../../agent/figures.ts';
import type { MeasureStandingJson } from '../../src/savings-standing.ts';
import { eventually, freshDirectory, type RunningAgent, startAgent } from '../fixtures/agent-process.ts';
import {
  accessibilityFaults,
  HAS_BROWSER,
  keepScreen,
  type OpenPage,
  openBrowser,
  openPage,
} from '../fixtures/browser.ts';

const DAY = 86_400_000;
const DAYS = 120;
const START = 92;
const END = Math.floor(Date.now() / DAY) * DAY;
const dayOf = (day: number): string => new Date(END - (DAYS - day) * DAY).toISOString().slice(0, 10);

/** Two nodes that use a tenth less from the start on, and two that use what they used. */
const table = (): string => {
  const lines = ['time,host,energy_joules,work,cpu_utilization,grid_grams_per_kilowatt_hour'];
  for (let hour = 0; hour < DAYS * 24; hour += 1)
    for (let host = 1; host <= 4; host += 1) {
      const work = 400 + 150 * Math.sin(hour / 4 + host) + 20 * Math.sin(hour * 12.9898 + host);
      const used = (432_000 + 1116 * work) * (1 + 0.03 * Math.sin(Math.floor(hour / 8) * 78.233 + host));
      const energyUsed = used * (hour >= START * 24 && host <= 2 ? 0.9 : 1);
      const time = new Date(END - DAYS * DAY + hour * 3_600_000).toISOString();
      const figures = [energyUsed.toFixed(0), work.toFixed(2), (work / 800).toFixed(3), 56];
      lines.push([time, `node-${host}`, ...figures].join(','));
    }
  return `${lines.join('\n')}\n`;
};
const measure = (name: string, hosts: readonly string[], more: object = {}): object => ({
  ...{ name, kind: 'other', hosts, start: dayOf(START), work: [{ unit: 'work' }] },
  ...{ baseline: { from: dayOf(START - 56), to: dayOf(START) }, report_at: [dayOf(START + 14)], ...more },
});

const directory = freshDirectory();
const path = (name: string): string => join(directory.path, name);
const SHOWN = { verified: 'VERIFIED', indicative: 'INDICATIVE', not_verified: 'NOT SHOWN' } as const;
const SCREENS = [
  { screen: 'light', options: { viewport: { width: 1000, height: 900 } } },
  { screen: 'dark', options: { viewport: { width: 1000, height: 900 }, colorScheme: 'dark' as const } },
  { screen: 'phone', options: { viewport: { width: 360, height: 740 } } },
];

let browser: Browser;
let fleet: RunningAgent;
let measures: readonly MeasureStandingJson[];
interface Listed {
  readonly measures: readonly MeasureStandingJson[];
  readonly evaluation: { readonly succeededAt?: string; readonly problem?: { readonly reason: string } };
}
const listed = (isDone: (listed: Listed) => boolean): Promise<Listed> =>
  eventually(async () => {
    const now = await fleet.json<Listed>('/api/v1/measures');
    if (!isDone(now)) throw new Error(`not evaluated yet:\n${fleet.errors()}`);
    return now;
  }, 60_000);
const opened = (where: string, options: Parameters<typeof openPage>[2] = {}): Promise<OpenPage> =>
  openPage(browser, `${fleet.url}${where}`, options);
const isTooWide = (page: OpenPage['page']): Promise<unknown> =>
  page.evaluate(`document.documentElement.scrollWidth - document.documentElement.clientWidth`);

describe.skipIf(!HAS_BROWSER)('the page of a fleet in a browser', () => {
  beforeAll(async () => {
    writeFileSync(path('fleet.csv'), table());
    const all = [
      measure('packing', ['node-1', 'node-2']),
      measure('nothing', ['node-3', 'node-4']),
      measure('coming', ['node-3'], {
        start: dayOf(DAYS + 30),
        report_at: [dayOf(DAYS + 60)],
        baseline: undefined,
      }),
    ];
    writeFileSync(
      path('fleet.yaml'),
      JSON.stringify({ history: { csv: { path: path('fleet.csv') } }, measures: all }),
    );
    const flags = [`--config.file=${path('fleet.yaml')}`, `--state.dir=${path('state')}`];
    [fleet, browser] = await Promise.all([startAgent(flags, {}, { command: 'fleet' }), openBrowser()]);
    ({ measures } = await listed(({ evaluation }) => evaluation.succeededAt !== undefined));
  });
  afterAll(async () => {
    await Promise.all([browser?.close(), fleet?.stop('SIGKILL')]);
    directory.remove();
  });

  it('shows each measure as the API tells it, and says nothing on the console', async () => {
    const { page, complaints, close } = await opened('/');
    expect(measures.map(({ name }) => name)).toEqual(['packing', 'nothing', 'coming']);
    for (const { name, verdict, grade, avoided, asOf, remarks, plan } of measures) {
      const row = ((await page.textContent(`tbody tr:has(th:has-text("${name}"))`)) ?? '').replace(
        /\s+/g,
        ' ',
      );
      const card = ((await page.textContent(`section[aria-labelledby="of-${name}"]`)) ?? '').replace(
        /\s+/g,
        ' ',
      );
      if (avoided === undefined) expect(row).toContain('no figure');
      else {
        const { joules, lowJoules, highJoules } = avoided;
        const { values, unit } = energies(joules / 3.6e6, lowJoules / 3.6e6, highJoules / 3.6e6);
        expect(row).toContain(`${values[0]} ${unit} ${values[1]} to ${values[2]} ${unit} (90 %)`);
      }
      expect(row).toContain(
        verdict === undefined ? 'nothing to report yet' : SHOWN[verdict as keyof typeof SHOWN],
      );
      if (grade !== undefined) expect(row).toContain(` ${grade} `);
      if (asOf !== undefined) expect(row).toContain(asOf.slice(0, 10));
      expect(card).toContain(plan.sha256.slice(0, 12));
      for (const { text, remedy } of remarks) expect(card).toContain(`${text} ${remedy}`.trim());
    }
    expect(measures.map(({ avoided }) => avoided !== undefined)).toEqual([true, true, false]);
    expect(complaints).toEqual([]);
    await close();
  });

  it('leads to each report by the keyboard; its policy holds back nothing that it needs', async () => {
    const { page, complaints, close } = await opened('/');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('packing');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/measures/packing');
    expect(await page.textContent('h1')).toBe('packing');
    // With its style: without it the frame around the verdict is not there.
    expect(await page.evaluate(`getComputedStyle(document.querySelector('.verdict')).borderTopWidth`)).toBe(
      '2px',
    );
    expect(await page.locator('svg').count()).toBeGreaterThan(1);
    expect(complaints).toEqual([]);
    await close();
  });

  it.each(SCREENS)(
    'is accessible and fits its screen, and so is a report: $screen',
    async ({ screen, options }) => {
      for (const [name, where] of [
        ['fleet', '/'],
        ['report', '/measures/packing'],
      ] as const) {
        const { page, complaints, close } = await opened(where, options);
        expect(await accessibilityFaults(page), name).toEqual([]);
        expect(await isTooWide(page), name).toBe(0);
        await keepScreen(page, `${name}-${screen}`);
        expect(complaints, name).toEqual([]);
        await close();
      }
    },
  );

  it('says that the last evaluation failed, with why and what to do, above results that stay', async () => {
    writeFileSync(path('fleet.csv'), 'time;host;energy_joules\n');
    fleet.process.kill('SIGHUP');
    const { evaluation } = await listed((now) => now.evaluation.problem !== undefined);
    const { page, complaints, close } = await opened('/', { viewport: { width: 360, height: 740 } });
    const alert = page.locator('[role="alert"]');
    expect(await alert.isVisible()).toBe(true);
    const text = (await alert.textContent()) ?? '';
    expect(text).toContain(`The last evaluation failed: ${evaluation.problem?.reason}`);
    expect(text).toContain('Put commas between the columns');
    expect(await page.textContent('main')).toContain(
      together(energy((measures[0]?.avoided?.joules ?? 0) / 3.6e6)),
    );
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(await isTooWide(page)).toBe(0);
    expect(complaints).toEqual([]);
    await close();
  });
});
