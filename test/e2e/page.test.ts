/** The status page in a real browser, on a real agent: what it shows is what the API says, and it says what is wrong. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clock, cpuTime, energies, energy, figure, mass, percent, together } from '../../agent/figures.ts';
import {
  type CalendarJson,
  type HostJson,
  hostUse,
  type PastJson,
  type PowerJson,
} from '../../src/exporters/index.ts';
import { METHOD_VERSION } from '../../src/metrics.ts';
import { MINUTE, type Usage } from '../../src/model/usage.ts';
import { planOf } from '../../src/savings/plan.ts';
import type { MeasureStandingJson } from '../../src/savings-standing.ts';
import { emissionsOf, gramsPerKWh, joules, ratio, seconds, toKilowattHours } from '../../src/units.ts';
import {
  eventually,
  freshDirectory,
  furtherTicks,
  type RunningAgent,
  startAgent,
} from '../fixtures/agent-process.ts';
import {
  accessibilityFaults,
  HAS_BROWSER,
  keepPart,
  keepScreen,
  openBrowser,
  openPage,
} from '../fixtures/browser.ts';
import { configured } from '../fixtures/measures.ts';
import { type MovingMeter, movingMeter } from '../fixtures/moving-meter.ts';
import { ownHours, registeredBefore, stateWithHours } from '../fixtures/own-hours.ts';

const HOUR = 3600;
const now = Math.floor(Date.now() / 1000);
const hourNow = Math.floor(now / HOUR) * HOUR;
const DAY = 24 * HOUR;
const today = Math.floor(now / DAY) * DAY;
const dayOf = (days: number): string => new Date((today + days * DAY) * 1000).toISOString().slice(0, 10);
/** It was planned before its start, twenty days ago; from then on the host uses a tenth less for the same work. */
const MEASURE = {
  ...{ name: 'packing', kind: 'other', hosts: 'self', start: dayOf(-20), work: 'requests' },
  report_at: [dayOf(-6)],
};

/** FR, direct, 2023: the factor that the agent of the test has in force, so that grams and energy on the page fit together. */
const gramsOf = (energy: number) => emissionsOf(joules(energy), gramsPerKWh(50));

/** Minutes of the last three hours as this host's agent keeps them: two parts and their sum; ten of them are missing. */
const minutes = (ids: readonly [string, string]): readonly Usage[] => {
  const rows: Usage[] = [];
  for (let start = Math.floor(now / MINUTE) * MINUTE - 3 * HOUR; start < now - 2 * MINUTE; start += MINUTE) {
    const at = (start - now) / MINUTE;
    if (at > -100 && at < -90) continue;
    const [cpu, memory] = [140 + 60 * Math.sin(at / 12) + 8 * Math.sin(at * 1.7), 24 + 3 * Math.sin(at / 20)];
    const row = (scope: Usage['scope'], name: string, watts: number): Usage => ({
      ...{ period: MINUTE, start, scope, name, gridZone: 'FR', quality: 'measured' },
      energy: joules(watts * MINUTE),
      ...{ withoutLocation: joules(0), withoutMarket: joules(0), location: gramsOf(watts * MINUTE) },
      covered: seconds(MINUTE),
    });
    rows.push(row('host', '', cpu + memory), row('domain', ids[0], cpu), row('domain', ids[1], memory));
  }
  return rows;
};

/** Text with spaces as a reader sees them. */
const plain = (text: string | null): string => (text ?? '').replace(/\s+/g, ' ').trim();
const textOf = async (page: Page, selector: string): Promise<string> =>
  plain(await page.textContent(selector));
const energyText = (kwh: number): string => plain(together(energy(kwh)));
const massText = (of: number | undefined): string =>
  of === undefined ? '\u2013' : plain(together(mass(of)));

/** Whether all of it is on the screen now. */
const isInView = (page: Page, selector: string): Promise<unknown> =>
  page.evaluate(`(() => {
    const { top, bottom } = document.querySelector('${selector}').getBoundingClientRect();
    return top >= 0 && bottom > top && bottom <= innerHeight;
  })()`);

let browser: Browser;
let meter: MovingMeter;
let agent: RunningAgent;
const directory = freshDirectory();

describe.skipIf(!HAS_BROWSER)('the status page in a browser', () => {
  beforeAll(async () => {
    meter = await movingMeter();
    const state = join(directory.path, 'state');
    const saved = (at: number, expected: number): number => expected * (at >= today - 20 * DAY ? 0.9 : 1);
    const hours = ownHours(hourNow - 200 * DAY, hourNow, saved).map((row) => ({
      ...row,
      ...{ withoutLocation: joules(0), location: gramsOf(row.energy) },
      ...{ withoutMarket: joules(0), market: gramsOf(row.energy) },
    }));
    await stateWithHours(state, [...hours, ...minutes(['package-0', 'dram-0'])]);
    const [written] = await configured([MEASURE]);
    if (written === undefined) throw new Error('no measure');
    registeredBefore(state, planOf(written, 'node-17', { hosts: ['node-17'], control: [] }), METHOD_VERSION);
    const file = join(directory.path, 'c.yaml');
    writeFileSync(file, `measures: [${JSON.stringify(MEASURE)}]\n`);
    [agent, browser] = await Promise.all([
      startAgent(
        [
          `--config.file=${file}`,
          ...['--grid.zone=FR', `--state.dir=${state}`],
          `--path.procfs=${meter.host.paths.procfs}`,
          `--path.sysfs=${meter.host.paths.sysfs}`,
          `--path.rootfs=${meter.host.paths.rootfs}`,
        ],
        { NEGAWATT_HOST_NAME: 'node-17', NEGAWATT_SAMPLING_INTERVAL: '1s' },
      ),
      openBrowser(),
    ]);
    await meter.draw(150, 22);
    await furtherTicks(agent, 3);
  });
  afterAll(async () => {
    await Promise.all([browser?.close(), agent?.stop('SIGKILL')]);
    await meter?.dispose();
    directory.remove();
  });

  it('shows the figures of the API, and says nothing on the console', async () => {
    const { page, complaints, close } = await openPage(browser, agent.url);
    // Figures move on each second: the page is held at a tick by asking for it and the API until both are of one.
    await eventually(async () => {
      const host = await agent.json<HostJson>('/api/v1/snapshot?counters=booked');
      await page.reload();
      await page.waitForSelector('#rows tbody tr');
      expect(await page.textContent('#freshness time')).toBe(clock(host.time));
      const calendar = await agent.json<CalendarJson>('/api/v1/calendar');
      for (const [id, title, span] of [
        ['today', 'Today (UTC)', calendar.today],
        ['month', 'This month (UTC)', calendar.month],
      ] as const) {
        const [location, market] = [span.locationGrams, span.marketGrams].map(massText);
        expect(await textOf(page, `section:has(#${id})`)).toContain(
          `${title} ${energyText(span.energyKwh)} ${span.quality} CO2e, location-based${location} market-based${market}`,
        );
      }
      const text = await textOf(page, 'main');
      // This host has one processor.
      expect(text).toContain('1 processor online');
      expect(text).not.toMatch(
        /(?<![\d.,])1 (processors|processes|groups|channels|counters|boards|cores|rows)\b/,
      );
      expect(text).toContain(energyText(host.host.energyKwh));
      const { location } = host.emissions;
      if (!location.available) throw new Error('no factor');
      expect(text).toContain(`Grid intensity ${figure(location.factor.gramsPerKwh)} g/kWh`);
      for (const { name, why } of host.sources) {
        expect(text).toContain(name);
        expect(text).toContain(why.replace(/\s+/g, ' '));
      }
    });
    expect(complaints).toEqual([]);
    await close();
  });

  it('shows of each workload its power, share, energy, time and CO2e as the API tells them', async () => {
    const { page, close } = await openPage(browser, 'about:blank');
    const looks: HostJson[] = [];
    await page.route('**/api/v1/snapshot*', async (route) => {
      const response = await route.fetch();
      looks.push((await response.json()) as HostJson);
      await route.fulfill({ response });
    });
    await page.goto(agent.url);
    // Power is known from the second look on.
    await expect.poll(() => textOf(page, '#rows tbody')).toMatch(/\d W(?!h)/);
    const [before, now] = looks;
    if (before === undefined || now === undefined) throw new Error(`${looks.length} looks`);
    const powers = new Map(
      hostUse(before, now).rows.map(({ workload, kind, dynamicWatts = 0, staticShareWatts = 0 }) => [
        `${kind} ${workload}`,
        dynamicWatts + staticShareWatts,
      ]),
    );
    const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
    expect(sumOf([...powers.values()])).toBeCloseTo(
      sumOf(now.host.powerByResource.map(({ powerWatts }) => powerWatts)),
      6,
    );
    expect(now.workloads.length).toBeGreaterThan(1);
    const shown = await page
      .locator('#rows tbody tr')
      .evaluateAll((rows) =>
        rows.map((row) => [...row.querySelectorAll('.name, td')].map((cell) => cell.textContent)),
      );
    expect(shown.map((cells) => cells.map((cell) => plain(cell)))).toEqual(
      now.workloads
        .toSorted(
          (a, b) =>
            (powers.get(`${b.kind} ${b.workload}`) ?? 0) - (powers.get(`${a.kind} ${a.workload}`) ?? 0),
        )
        .map(({ kind, workload, name, dynamicShare, energyKwh, cpuSeconds, grams: own }) => [
          name,
          `${figure(powers.get(`${kind} ${workload}`) ?? Number.NaN)} W`,
          dynamicShare === undefined || dynamicShare === 0 ? '\u2013' : plain(percent(dynamicShare)),
          energyText(energyKwh),
          cpuSeconds === undefined ? '\u2013' : plain(cpuTime(cpuSeconds)),
          massText(own),
        ]),
    );
    await close();
  });

  it('shows a measure of the host as it was evaluated: verdict, figure, evidence, what to do', async () => {
    const one = await eventually(() => agent.json<MeasureStandingJson>('/api/v1/measures/packing'), 30_000);
    expect(one).toMatchObject({ state: 'final', plan: { registration: 'before-start' } });
    const { avoided, verdict, grade, remarks } = one;
    if (avoided?.ratio === undefined || verdict === undefined) throw new Error(JSON.stringify(one));
    expect(avoided.ratio).toBeCloseTo(0.1, 2);
    const { page, complaints, close } = await openPage(browser, agent.url);
    const words = { verified: 'saving verified', indicative: 'indicative' } as const;
    await expect
      .poll(async () => ((await page.textContent('section:has(#measures)')) ?? '').replace(/\s+/g, ' '))
      .toContain(`packingsince ${dayOf(-20)}`);
    const text = ((await page.textContent('section:has(#measures)')) ?? '').replace(/\s+/g, ' ');
    const { joules, lowJoules, highJoules } = avoided;
    const { values, unit } = energies(joules / 3.6e6, lowJoules / 3.6e6, highJoules / 3.6e6);
    expect(text).toContain(words[verdict as keyof typeof words]);
    expect(text).toContain(`as of its last report date, to ${dayOf(-6)}`);
    expect(text).toContain(
      `${values[0]} ${unit} ${values[1]} to ${values[2]} ${unit} (90 %) ${percent(avoided.ratio).replace('\u00a0', ' ')} of what was expected`,
    );
    expect(text).toContain(`Grade ${grade}`);
    for (const { text: why, remedy } of remarks.slice(0, 3))
      expect(text).toContain(`${why} ${remedy}`.trim());
    expect(complaints).toEqual([]);
    await close();
  });

  it('draws the past that was kept and goes on with each tick', async () => {
    const { page, complaints, close } = await openPage(browser, agent.url);
    await page.waitForSelector('#plot canvas');
    const past = await agent.json<PastJson>('/api/v1/history');
    expect(past.host.powerWatts.filter((watts) => watts !== null).length).toBeGreaterThan(150);
    expect(past.host.powerWatts.filter((watts) => watts === null).length).toBeGreaterThan(5);
    // The page asks at each tick: both are of one sooner or later.
    await eventually(async () => {
      const { time, powerWatts, powerByResource } = await agent.json<PowerJson>('/api/v1/power');
      const wattsOf = (wanted: string): string =>
        figure(powerByResource.find(({ resource }) => resource === wanted)?.powerWatts ?? Number.NaN);
      expect(powerByResource).toHaveLength(2);
      expect(powerWatts).toBeGreaterThan(100);
      const told = (await page.locator('#legend li').allTextContents()).map(plain);
      expect(told).toEqual([
        `Host ${figure(powerWatts ?? Number.NaN)} W`,
        `Memory ${wattsOf('memory')} W`,
        `Processors ${wattsOf('cpu')} W`,
        `at ${time.slice(11, 19)}`,
      ]);
    });
    // Ink: pixels of the colour of processors, which nothing else on the canvas has.
    const ink = (): Promise<unknown> =>
      page.evaluate(`(() => {
        const canvas = document.querySelector('#plot canvas');
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        let count = 0;
        for (let i = 0; i < data.length; i += 4)
          if (Math.abs(data[i] - 0x3f) + Math.abs(data[i + 1] - 0x8f) + Math.abs(data[i + 2] - 0x73) < 12) count += 1;
        return count / (data.length / 4);
      })()`);
    expect(await ink()).toBeGreaterThan(0.2);
    const before = await page.textContent('#legend');
    await expect.poll(() => page.textContent('#legend')).not.toBe(before);
    expect(complaints).toEqual([]);
    await close();
  });

  it('shows the use of processors of the same tick as the power beside it', async () => {
    const { page, close } = await openPage(browser, agent.url);
    await page.waitForSelector('#plot canvas');
    const { busy, ...power } = await agent.json<PowerJson>('/api/v1/power');
    expect(busy).toBeGreaterThan(0);
    await page.route('**/api/v1/power', (route) =>
      route.fulfill({ json: { ...power, powerWatts: 123, busy: 0.456 } }),
    );
    await expect.poll(() => page.textContent('#watts')).toBe('123');
    expect(await page.textContent('#busy')).toBe('46\u00a0%');
    await close();
  });

  it('has the chart as a table that the keyboard opens, and shows what the pointer is at', async () => {
    const { page, close } = await openPage(browser, agent.url);
    await page.waitForSelector('#plot canvas');
    await page.focus('#chart-table summary');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.locator('#chart-table tbody tr').count()).toBeGreaterThan(20);
    expect(await page.textContent('#chart-table thead')).toContain('Host, W');
    const box = await page.locator('#plot .u-over').boundingBox();
    if (box === null) throw new Error('no plot');
    await page.mouse.move(box.x + box.width * 0.3, box.y + box.height / 2);
    const at = await page.textContent('#legend');
    await page.mouse.move(box.x + box.width * 0.6, box.y + box.height / 2);
    expect(await page.textContent('#legend')).not.toBe(at);
    await close();
  });

  it('sorts and filters rows, by the keyboard too', async () => {
    const { page, close } = await openPage(browser, agent.url);
    await page.waitForSelector('#rows tbody tr');
    await page.focus('[data-sort="name"]');
    await page.keyboard.press('Enter');
    expect(await page.getAttribute('th:has([data-sort="name"])', 'aria-sort')).toBe('ascending');
    expect(await page.evaluate(`document.activeElement.dataset.sort`)).toBe('name');
    await page.fill('#filter', 'idle');
    await expect.poll(() => page.locator('#rows tbody tr').count()).toBe(1);
    expect(await page.textContent('#count')).toMatch(/^1 of \d+ rows fit\.$/);
    await page.fill('#filter', 'nothing is called so');
    await expect.poll(() => page.textContent('#rows tbody')).toContain('No row fits.');
    await close();
  });

  it('shows a thousand rows without holding up the browser', async () => {
    const { page, complaints, close } = await openPage(browser, 'about:blank');
    const host = await agent.json<HostJson>('/api/v1/snapshot?counters=booked');
    const [row] = host.workloads;
    const { location } = host.emissions;
    const power = host.host.powerByResource.find(({ resource }) => resource === 'cpu')?.powerWatts;
    if (row === undefined || !location.available || power === undefined)
      throw new Error('no row, factor or power');
    // Each draws a little more than the one before; shares of one host, from half a percent down.
    const shareOf = (i: number): number => (0.005 * 1.005 ** i) / (1.005 ** 1000 - 1);
    let looks = 0;
    await page.route('**/api/v1/snapshot*', (route) => {
      looks += 1;
      const workloads = Array.from({ length: 1000 }, (_, i): HostJson['workloads'][number] => {
        const dynamic = joules(shareOf(i) * (4e7 + power * looks));
        return {
          ...row,
          ...{
            kind: 'unit',
            workload: `unit-${i}`,
            name: `unit-${i}.service`,
            class: i % 2 === 0 ? 'web' : 'batch',
          },
          ...{ energyJoules: dynamic, dynamicJoules: dynamic, staticShareJoules: joules(0) },
          ...{ energyKwh: toKilowattHours(dynamic), dynamicShare: ratio(shareOf(i)) },
          energy: [{ resource: 'cpu', part: 'dynamic', joules: dynamic }],
          cpuSeconds: seconds(dynamic / power),
          grams: emissionsOf(dynamic, location.factor.gramsPerKwh),
        };
      });
      return route.fulfill({ json: { ...host, tick: host.tick + looks, workloads } });
    });
    await page.addInitScript(
      `window.long = []; new PerformanceObserver((list) => window.long.push(...list.getEntries().map((one) => one.duration))).observe({ type: 'longtask' });`,
    );
    await page.goto(agent.url);
    await expect.poll(() => page.textContent('#which')).toBe('Rows 1 to 50 of 1000');
    const started = (await page.evaluate('window.long.length')) as number;
    await page.click('[data-sort="energy"]');
    await expect.poll(() => page.textContent('#rows tbody tr:first-child .name')).toBe('unit-999.service');
    for (let i = 0; i < 19; i += 1) await page.click('#next');
    expect(await page.textContent('#which')).toBe('Rows 951 to 1000 of 1000');
    expect(await page.textContent('#rows tbody tr:last-child .name')).toBe('unit-0.service');
    await page.selectOption('#class', { label: 'batch' });
    await expect.poll(() => page.textContent('#count')).toBe('500 of 1000 rows fit.');
    await page.fill('#filter', 'unit-99');
    await expect.poll(() => page.locator('#rows tbody tr').count()).toBe(6);
    const column = (label: string): Promise<readonly string[]> =>
      page.locator(`#rows tbody td[data-label="${label}"]`).allInnerTexts();
    const fits = [999, 997, 995, 993, 991, 99];
    // Power is known from the second look on.
    await expect
      .poll(() => column('Power').then((cells) => cells.map(plain)))
      .toEqual(fits.map((i) => `${figure(shareOf(i) * power)} W`));
    expect(new Set(await column('Energy')).size).toBe(fits.length);
    await keepPart(page, '#part-workloads', 'page-workloads');
    const long = (await page.evaluate(`window.long.slice(${started})`)) as number[];
    // A figure of the machine, for people: it is no speed that a test could promise.
    console.info(
      `tasks above 50 ms with 1,000 rows: ${long.length === 0 ? 'none' : long.map(Math.round).join(', ')}`,
    );
    expect(complaints.filter((one) => !one.startsWith('asked'))).toEqual([]);
    await close();
  });

  it.each([
    { name: 'page-light', options: { viewport: { width: 1000, height: 900 } } },
    { name: 'page-dark', options: { viewport: { width: 1000, height: 900 }, colorScheme: 'dark' as const } },
    { name: 'page-phone', options: { viewport: { width: 360, height: 740 } } },
  ])('is accessible and fits its screen: $name', async ({ name, options }) => {
    const { page, complaints, close } = await openPage(browser, agent.url, options);
    await page.waitForSelector('#plot canvas');
    await page.waitForSelector('#rows tbody tr');
    expect(await accessibilityFaults(page)).toEqual([]);
    const wider = await page.evaluate(
      `document.documentElement.scrollWidth - document.documentElement.clientWidth`,
    );
    expect(wider).toBe(0);
    await expect.poll(() => page.textContent('#rows tbody')).toMatch(/\d\sW(?!h)/);
    if (name === 'page-light') await keepPart(page, 'section:has(#measures)', 'page-measures');
    await keepScreen(page, name);
    // What is kept as the picture of the page shows what its readers look for first.
    for (const part of ['h1', '#power-card', '#today', '#month', '#plot canvas'])
      expect(await isInView(page, part), part).toBe(true);
    expect(complaints).toEqual([]);
    await close();
  });

  it('names at its top the sources that are broken, and leads to what to do about them', async () => {
    const viewport = { width: 1000, height: 900 };
    const { page, complaints, close } = await openPage(browser, agent.url, { viewport });
    await page.waitForSelector('#plot canvas');
    expect(await page.locator('.faults').count()).toBe(0);
    await page.route('**/api/v1/snapshot*', async (route) => {
      const host = (await (await route.fetch()).json()) as HostJson;
      const broken = { state: 'failing', why: 'the BMC does not answer', fix: 'Look whether it is up.' };
      const sources = host.sources.map((one) => (one.name === 'redfish' ? { ...one, ...broken } : one));
      await route.fulfill({ json: { ...host, sources } });
    });
    await expect
      .poll(() => page.textContent('.faults'))
      .toContain('One source is not read: redfish (failing).');
    await page.click('.faults a');
    expect(page.url()).toMatch(/#sources$/);
    const row = page.locator('section:has(#sources) > table tr:has-text("redfish")');
    expect(await row.textContent()).toContain('To do: Look whether it is up.');
    expect(await accessibilityFaults(page)).toEqual([]);
    await keepScreen(page, 'page-faults');
    expect(complaints).toEqual([]);
    await close();
  });

  it('is whole without JavaScript', async () => {
    const { page, close } = await openPage(browser, agent.url, { javaScriptEnabled: false });
    const text = (await page.textContent('main')) ?? '';
    for (const part of ['Power now', 'Today (UTC)', 'This month (UTC)', 'Where the energy goes', 'Sources'])
      expect(text).toContain(part);
    expect(await page.locator('#workloads-card tbody tr').count()).toBeGreaterThan(1);
    await close();
  });

  it('loads in less than 100 kB, all of it from the agent and packed', async () => {
    const { page, close } = await openPage(browser, 'about:blank');
    const session = await page.context().newCDPSession(page);
    await session.send('Network.enable');
    let bytes = 0;
    session.on('Network.loadingFinished', ({ encodedDataLength }) => {
      bytes += encodedDataLength;
    });
    await page.goto(agent.url);
    await page.waitForSelector('#plot canvas');
    await page.waitForSelector('#rows tbody tr');
    await expect.poll(() => page.locator('#rows thead th').count()).toBe(6);
    console.info(`transferred: ${(bytes / 1000).toFixed(1)} kB`);
    expect(bytes).toBeGreaterThan(20_000);
    expect(bytes).toBeLessThan(100_000);
    await close();
  });

  it('says that the agent fails, asks for a login or is gone, and how old its figures are', async () => {
    const { page, close } = await openPage(browser, agent.url);
    await page.waitForSelector('#plot canvas');
    const trouble = page.locator('#trouble');
    expect(await trouble.isVisible()).toBe(false);
    const answerWith = (status: number, body: string): Promise<unknown> =>
      page.route('**/api/v1/power', (route) => route.fulfill({ status, body }));
    await answerWith(500, 'this is a fault of the agent: disk\nmore');
    await expect
      .poll(() => trouble.textContent())
      .toMatch(
        /status 500: this is a fault of the agent: disk\. Figures here are old: the last ones came at .* UTC, less than a minute ago/,
      );
    await page.unroute('**/api/v1/power');
    await expect.poll(() => trouble.isVisible()).toBe(false);
    await answerWith(401, '');
    await expect.poll(() => trouble.textContent()).toContain('asks for a login');
    await page.unroute('**/api/v1/power');
    await expect.poll(() => trouble.isVisible()).toBe(false);
    await page.route('**/api/v1/**', (route) => route.abort());
    await expect.poll(() => trouble.textContent()).toContain('The agent does not answer');
    expect(await trouble.getAttribute('role')).toBe('alert');
    expect(await accessibilityFaults(page)).toEqual([]);
    await close();
  });
});
