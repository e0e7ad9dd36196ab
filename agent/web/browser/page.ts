/** Script of the status page: draws the chart and keeps all figures fresh, from the API of the agent alone. */
import type { CalendarJson, HostJson, MeasureStandingJson, PastJson, PowerJson } from '../../../src/index.ts';
import { clock, duration, figure, percent } from '../../figures.ts';
import type { ArmJson } from '../../switchback-route.ts';
import { partsOf, titleOf } from '../page.ts';
import { ask, NoAnswer } from './answers.ts';
import { openChart } from './chart.ts';
import { openSeries } from './series.ts';
import { openWorkloads, put } from './workloads.ts';

/** All figures so often; power at each tick, but not more often than a person can read. */
const ALL_MS = 10_000;
const LEAST_POWER_MS = 1000;
/** Minutes of the past are asked for anew so often: until then, live ticks stand for them. */
const PAST_MS = 300_000;

const byId = (id: string): HTMLElement => document.getElementById(id) as HTMLElement;
const series = openSeries();
let range = 3 * 3600;
let isPaused = false;
let answeredAt = Date.now();
let interval = ALL_MS;

const trouble = byId('trouble');
/** What does not work now, by its name. */
const troubles = new Map<string, string>();
const tellTrouble = (): void => {
  const text = troubles.values().next().value;
  trouble.hidden = text === undefined;
  if (text !== undefined && trouble.textContent !== text) trouble.textContent = text;
  document.body.classList.toggle('old', text !== undefined);
};

/** Does it, and says what is wrong where it cannot be done. */
const saying = async (work: () => Promise<void>): Promise<void> => {
  try {
    await work();
    answeredAt = Date.now();
    troubles.delete(work.name);
  } catch (error) {
    const why = error instanceof NoAnswer ? error.message : `This page failed: ${String(error)}`;
    // A minute at a time: a screen reader need not hear each second.
    const age = (Date.now() - answeredAt) / 1000;
    const old = age < 60 ? 'less than a minute' : duration(Math.floor(age / 60) * 60);
    troubles.set(
      work.name,
      `${why}. Figures here are old: the last ones came at ${clock(new Date(answeredAt).toISOString())}, ${old} ago.`,
    );
  }
  tellTrouble();
};

const remember = async (): Promise<void> => {
  const since = Math.floor(Date.now() / 1000) - range;
  const past = await ask<PastJson>(`/api/v1/history?since=${Math.max(0, since)}`, true);
  if (past !== undefined) series.remember(past);
  chart.redraw();
};

const chart = openChart(byId('chart'), series, (seconds) => {
  range = seconds;
  void saying(remember);
});
const workloads = openWorkloads(byId('part-workloads'));

const showPower = async (): Promise<void> => {
  const power = (await ask<PowerJson>('/api/v1/power')) as PowerJson;
  interval = Math.max(LEAST_POWER_MS, power.intervalSeconds * 1000);
  series.add(power);
  if (power.powerWatts !== undefined) byId('watts').textContent = figure(power.powerWatts);
  // Beside the power, so of the same tick; where it is not known there is no place for it.
  const busy = document.getElementById('busy');
  if (busy !== null && power.busy !== undefined) busy.textContent = percent(power.busy);
  chart.redraw();
};

/** What only some agents have: the page says whether this one does. */
const askIfThere = async <T>(name: string): Promise<T | undefined> =>
  document.body.dataset.asks?.split(' ').includes(name) === true
    ? ask<T>(`/api/v1/${name}`, true)
    : undefined;

const showAll = async (): Promise<void> => {
  const [host, calendar, measures, arms] = await Promise.all([
    ask<HostJson>('/api/v1/snapshot?counters=booked') as Promise<HostJson>,
    ask<CalendarJson>('/api/v1/calendar', true).catch((error: unknown) => ({ problem: String(error) })),
    askIfThere<{ readonly measures: readonly MeasureStandingJson[] }>('measures'),
    askIfThere<{ readonly switchbacks: readonly ArmJson[] }>('switchback'),
  ]);
  const parts = partsOf({
    host,
    calendar,
    measures: measures?.measures,
    arms: arms?.switchbacks,
  });
  const isSelecting = getSelection()?.isCollapsed === false;
  for (const [id, markup] of Object.entries(parts)) {
    const place = byId(id);
    // What a person reads with the keyboard or has marked is left as it is.
    if (isSelecting || place.contains(document.activeElement)) continue;
    put(place, markup);
  }
  workloads.show(host);
  document.title = titleOf(host);
  const time = document.querySelector('#freshness time') as HTMLTimeElement;
  time.dateTime = host.time;
  time.textContent = clock(host.time);
};

const pause = document.createElement('button');
pause.type = 'button';
const label = (): void => {
  pause.textContent = isPaused ? 'Resume updates' : 'Pause updates';
};
pause.addEventListener('click', () => {
  isPaused = !isPaused;
  label();
});
label();
byId('refresh').append(pause);

/** Again and again, each after the one before: an agent that is slow is not asked twice at a time. */
const every = (work: () => Promise<void>, pauseMs: () => number): void => {
  const turn = async (): Promise<void> => {
    if (!isPaused && !document.hidden) await saying(work);
    setTimeout(turn, pauseMs());
  };
  void turn();
};
every(showPower, () => interval);
// Power of workloads is told by two looks: the second comes soon.
let looks = 0;
every(showAll, () => {
  looks += 1;
  return looks === 1 ? Math.min(ALL_MS, 2 * interval) : ALL_MS;
});
every(remember, () => PAST_MS);
document.addEventListener('visibilitychange', () => {
  if (!document.hidden && !isPaused) void saying(remember);
});
