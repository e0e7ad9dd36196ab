import { type CurveFit, fitCurve, type LoadPair } from './energy/curve-fit.ts';
import { type HostMeter, hostMeterOf, slowestOf } from './energy/host-meter.ts';
import type { HostSource } from './energy/host-total.ts';
import { type LoadHistory, loadBetween, remember } from './energy/load-history.ts';
import { type BoardPowers, boardPowersAfter, spanWithoutBoards } from './energy/processor-span.ts';
import { absent, type Found, found } from './model/found.ts';
import { powerOf, type Ratio, ratio, type Seconds, seconds, watts } from './units.ts';
import type { TickView } from './view.ts';

/** Method of measuring and fitting, kept in the file: curves of different methods are not compared. */
export const CALIBRATION_METHOD = 'steps-1';

/** What keeps the processors busy at a share of their capacity, until stopped. */
export interface Burner {
  set(load: Ratio): Promise<void>;
}

export interface CalibrationPlan {
  /** Loads asked for, in the order in which they are taken. What is reached is measured. */
  readonly steps: readonly Ratio[];
  readonly stepDuration: Seconds;
  /** Whether a host that is busy with other work is measured all the same. */
  readonly force: boolean;
}

export interface MeasuredStep extends LoadPair {
  readonly asked: Ratio;
  readonly pairs: number;
}

export type CalibrationProgress =
  | { readonly stage: 'meter'; readonly meter: HostMeter; readonly busy: Ratio }
  | { readonly stage: 'step'; readonly number: number; readonly asked: Ratio }
  | { readonly stage: 'measured'; readonly step: MeasuredStep };

/** What a calibration works with; all time and all effect on the host are in it. */
export interface CalibrationRig {
  /** Reads and books all sources once. */
  tick(): TickView;
  /** Rejects when the operator stops the calibration. */
  wait(duration: Seconds): Promise<void>;
  readonly burner: Burner;
  readonly onProgress: (progress: CalibrationProgress) => void;
}

export interface Calibration {
  readonly fit: CurveFit;
  readonly meter: HostMeter;
  readonly steps: readonly MeasuredStep[];
}

/**
 * Left out at the beginning of each step, as a share of it: processors draw more than they can hold for Intel's
 * default long-term window of 28 s (powercap, constraint_0_time_window_us 27983872), and fans take as long to follow.
 */
export const SETTLE = 0.5;
/** Time that is watched before the first step: what else runs here. */
export const WATCHED = seconds(3);
/** Above this share of busy time the host has other work, and its power is not the curve's alone. */
export const BUSY_HOST = ratio(0.2);
/** Not faster than the agent ever samples (CVE-2020-8694); in shorter steps as seldom as leaves one reading. */
const TICK = seconds(1);
/** Patience for the first report of a meter, beyond four of its intervals. */
const FIRST_REPORT = seconds(10);
/** A meter has to report so often in the part of a step that counts. */
const LEAST_REPORTS = 2;

/** Measures this host's power at the steps of the plan and fits a curve. The caller stops the burner. */
export const calibrate = async (rig: CalibrationRig, plan: CalibrationPlan): Promise<Found<Calibration>> => {
  const started = await watch(rig);
  if (!started.found) return started;
  const { meter, busy } = started.value;
  rig.onProgress({ stage: 'meter', meter, busy });
  if (busy > BUSY_HOST && !plan.force) {
    return absent(
      `this host is ${(busy * 100).toFixed(0)} % busy with other work`,
      'Calibrate when it is idle; or take the curve of what it does beside the steps with --force.',
    );
  }
  const least = (LEAST_REPORTS * meter.interval) / (1 - SETTLE);
  if (plan.stepDuration < least) {
    return absent(
      `${meter.text} reports every ${meter.interval} s: steps of ${plan.stepDuration} s are too short for it`,
      `Give --step-duration ${Math.ceil(least)}s or more.`,
    );
  }
  let boards = started.value.boards;
  const pairs: LoadPair[] = [];
  const steps: MeasuredStep[] = [];
  for (const [index, asked] of plan.steps.entries()) {
    rig.onProgress({ stage: 'step', number: index + 1, asked });
    await rig.burner.set(asked);
    const measured = await measure(rig, plan.stepDuration, meter.source, boards);
    if (!measured.found) return measured;
    boards = measured.value.boards;
    const step = meanOf(asked, measured.value.pairs);
    pairs.push(...measured.value.pairs);
    steps.push(step);
    rig.onProgress({ stage: 'measured', step });
  }
  const fit = fitCurve(pairs);
  return fit.found ? found({ fit: fit.value, meter, steps }) : fit;
};

interface Watched {
  readonly meter: HostMeter;
  readonly busy: Ratio;
  readonly boards: BoardPowers;
}

/** Waits for the host total of a meter and looks at what else runs. */
const watch = async (rig: CalibrationRig): Promise<Found<Watched>> => {
  let boards: BoardPowers = new Map();
  let history: LoadHistory = [];
  let last = rig.tick();
  const begun = last.sample.at;
  for (;;) {
    await rig.wait(TICK);
    last = rig.tick();
    boards = boardPowersAfter(boards, last.metered);
    history = remember(history, last.cpu);
    const elapsed = last.sample.at - begun;
    const meter = hostMeterOf(last.metered, last.sample.meters);
    if (meter !== undefined && elapsed >= WATCHED) {
      const busy = loadBetween(history, begun, last.sample.at) ?? ratio(0);
      return found({ meter, busy, boards });
    }
    if (elapsed > FIRST_REPORT + 4 * slowestOf(last.sample.meters)) return noMeter(last);
  }
};

const measure = async (
  rig: CalibrationRig,
  duration: Seconds,
  source: HostSource,
  before: BoardPowers,
): Promise<Found<{ readonly pairs: readonly LoadPair[]; readonly boards: BoardPowers }>> => {
  let boards = before;
  let history: LoadHistory = [];
  const pairs: LoadPair[] = [];
  const take = (): TickView => {
    const view = rig.tick();
    boards = boardPowersAfter(boards, view.metered);
    history = remember(history, view.cpu);
    return view;
  };
  const settling = seconds(duration * SETTLE);
  const begun = take().sample.at;
  await rig.wait(settling);
  const settled = take().sample.at;
  const pause = seconds(Math.min(TICK, duration - settling));
  // A timer may come early by its rounding: a step ends at the tick that is nearest to its end.
  for (let at = settled; at < begun + duration - pause / 2; ) {
    await rig.wait(pause);
    const view = take();
    at = view.sample.at;
    const chosen = view.metered.state.host.source;
    if (chosen !== undefined && chosen !== source) {
      return absent(
        `the host's meter changed from ${source} to ${chosen} in the middle: the steps cannot be compared`,
        'Run it again; switch the meter that comes and goes off with --no-source.NAME (see `negawatt doctor`).',
      );
    }
    const span = spanWithoutBoards(view.metered, boards);
    const load = span === undefined ? undefined : loadBetween(history, span.from, span.to);
    if (span === undefined || load === undefined || span.to <= span.from || span.from < settled - pause / 2)
      continue;
    pairs.push({ load, power: powerOf(span.energy, seconds(span.to - span.from)) });
  }
  if (pairs.length > 0) return found({ pairs, boards });
  return absent(
    `the meter told nothing in the last ${(duration - settling).toFixed(0)} s of a step`,
    'Give longer steps with --step-duration, and see `negawatt doctor` for the meter.',
  );
};

const meanOf = (asked: Ratio, pairs: readonly LoadPair[]): MeasuredStep => {
  const mean = (of: (pair: LoadPair) => number): number =>
    pairs.reduce((total, pair) => total + of(pair), 0) / pairs.length;
  return {
    asked,
    load: ratio(mean((pair) => pair.load)),
    power: watts(mean((pair) => pair.power)),
    pairs: pairs.length,
  };
};

const noMeter = ({ sample }: TickView): Found<never> => {
  const closed = sample.sources
    .filter(({ state, fix }) => (state === 'unreadable' || state === 'failing') && fix !== '')
    .map(({ source, why, fix }) => `${source}: ${why}. ${fix}`);
  return absent(
    'no meter tells the power of this host: an estimate cannot be calibrated against itself',
    closed[0] ??
      'Calibrate on a host of the same type that has a meter (`negawatt doctor`), and give its file to this one.',
  );
};
