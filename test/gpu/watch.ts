import type { GpuReading } from '../../src/model/gpu.ts';
import type { OpenSource, SampleDraft } from '../../src/model/source.ts';
import { systemClock } from '../../src/sources/clock.ts';
import { nvmlSource } from '../../src/sources/nvml.ts';
import { saveRecording } from './recording.ts';
import type { GpuWorld } from './world.ts';

export interface Watch {
  readonly source: OpenSource;
  /** Reads for so long and returns all that came. A reading that fails is a failure of the test. */
  over(seconds: number): Promise<SampleDraft>;
  /** Waits until the first board says something. */
  until(what: (reading: GpuReading) => boolean): Promise<GpuReading>;
}

/** Seconds between two readings of the source, and between two of ours. */
const INTERVAL = 0.1;
/** Drafts that a recording holds at most. */
const MOST_RECORDED = 600;
const recorded: SampleDraft[] = [];

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, INTERVAL * 1000));

export const openWatch = async ({ paths }: GpuWorld): Promise<Watch> => {
  const result = await nvmlSource({ interval: INTERVAL }).open(paths, systemClock);
  if (!result.found) throw new Error(`${result.reason}; ${result.fix}`);
  const source = result.value;
  const read = (): SampleDraft => {
    const draft: SampleDraft = { meters: [], readings: [] };
    source.read(draft);
    if (recorded.length < MOST_RECORDED) recorded.push(draft);
    return draft;
  };
  return {
    source,
    over: async (seconds) => {
      read();
      const all: SampleDraft = { meters: [], readings: [], gpus: [], gpuBoards: [] };
      const end = performance.now() + seconds * 1000;
      while (performance.now() < end) {
        await pause();
        const draft = read();
        all.readings.push(...draft.readings);
        all.gpus?.push(...(draft.gpus ?? []));
        all.meters.splice(0, all.meters.length, ...draft.meters);
        all.gpuBoards?.splice(0, all.gpuBoards.length, ...(draft.gpuBoards ?? []));
      }
      return all;
    },
    until: async (what) => {
      for (const end = performance.now() + 20_000; performance.now() < end; await pause()) {
        const { gpus = [], meters } = read();
        const found = gpus.findLast((reading) => reading.meter === meters[0]?.id && what(reading));
        if (found !== undefined) return found;
      }
      throw new Error('the board did not say it within 20 s');
    },
  };
};

/** Writes what was read to test/fixtures/recordings/ where NEGAWATT_RECORD is 1. */
export const keepRecording = (): void => {
  if (process.env.NEGAWATT_RECORD === '1') saveRecording(recorded);
};
