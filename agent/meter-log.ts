import type { MeterEvent, Snapshot } from '../src/index.ts';

/** One line of the log about a meter: what happened, where, what to do. */
export interface MeterLine {
  readonly level: 'info' | 'warn';
  readonly message: string;
  readonly fields: {
    /** `hw_id` of the meter. */
    readonly meter: string;
    readonly label: string;
    readonly source: string;
    readonly event: MeterEvent | 'ordinary';
    readonly fix: string;
  };
}

interface Words {
  readonly level: MeterLine['level'];
  readonly what: string;
  readonly fix: (source: string) => string;
}

const OFF = (source: string): string => `or switch it off with --no-source.${source}`;

const WORDS: Readonly<Record<MeterEvent, Words>> = {
  wrap: {
    level: 'info',
    what: 'the counter passed its range and goes on from 0; its energy is complete',
    fix: () => '',
  },
  reset: {
    level: 'info',
    what: 'the counter began anew; the energy of one interval is not booked',
    fix: () => 'nothing to do after a reset of the device; else look for one with dmesg',
  },
  gap: {
    level: 'warn',
    what: 'too long since its last reading: the energy between is not booked',
    fix: () =>
      'nothing to do after a stop of the agent, a suspend or trouble of the meter; else see whether the host is too busy to run it',
  },
  sentinel: {
    level: 'warn',
    what: 'the device says "no reading": no energy of it is booked while this lasts',
    fix: (source) =>
      `look for messages of its driver with dmesg, update its firmware or reset its controller, ${OFF(source)}`,
  },
  implausible: {
    level: 'warn',
    what: 'a reading that no load can explain was dropped',
    fix: (source) =>
      `nothing to do if it stays one; else compare with the tool of the vendor, update its firmware, ${OFF(source)}`,
  },
  frozen: {
    level: 'warn',
    what: 'the counter stands still while the host works: the next best source is taken',
    fix: (source) => `reload its driver or restart the host, ${OFF(source)}`,
  },
};

/** Seconds without an event after which a meter is ordinary again. */
const ORDINARY_AFTER = 60;

/**
 * Turns the meter events of each tick into lines on transitions alone: the first event of a kind for a meter, and once
 * when a troubled meter has been read for 60 s without one. A device that answers nonsense at every tick is a few lines.
 *
 * @param write takes the lines of a tick, in the order of the events.
 */
export const createMeterLog = (write: (line: MeterLine) => void): ((snapshot: Snapshot) => void) => {
  /** When each kind of event was last seen, by meter and kind, monotonic seconds. */
  const seen = new Map<string, Map<MeterEvent, number>>();
  return ({ view: { sample, metered } }) => {
    const line = (meter: string, event: MeterEvent | 'ordinary', words: Words): void => {
      const { label = meter, source = '' } = sample.meters.find(({ id }) => id === meter) ?? {};
      const fields = { meter, label, source, event, fix: words.fix(source) };
      write({ level: words.level, message: `meter ${meter}: ${words.what}`, fields });
    };
    for (const { meter, event } of metered.events) {
      const kinds = seen.get(meter) ?? new Map<MeterEvent, number>();
      seen.set(meter, kinds);
      if (!kinds.has(event)) line(meter, event, WORDS[event]);
      kinds.set(event, sample.at);
    }
    const read = new Set(sample.readings.map(({ meter }) => meter));
    for (const [meter, kinds] of seen) {
      // Freezing is one event and lasts.
      if (kinds.has('frozen') && metered.state.meters.frozen.has(meter)) kinds.set('frozen', sample.at);
      // A meter that is not read at all may still be in trouble.
      if (!read.has(meter)) continue;
      const troubles = [...kinds].filter(([event]) => WORDS[event].level === 'warn');
      const quiet = ([, at]: readonly [MeterEvent, number]): boolean => sample.at - at >= ORDINARY_AFTER;
      const over = troubles.every(quiet);
      if (troubles.length > 0 && over) line(meter, 'ordinary', ORDINARY);
      for (const one of kinds) {
        const standing = WORDS[one[0]].level === 'warn' ? !over : !quiet(one);
        if (!standing) kinds.delete(one[0]);
      }
      if (kinds.size === 0) seen.delete(meter);
    }
  };
};

const ORDINARY: Words = {
  level: 'info',
  what: `ordinary readings for ${ORDINARY_AFTER} s: it counts again`,
  fix: () => '',
};
