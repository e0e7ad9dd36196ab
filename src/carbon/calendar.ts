/** Start of the day and of the month that an instant lies in. */
export interface Calendar {
  /** IANA name. */
  readonly timeZone: string;
  /** Both take milliseconds since 1970 UTC and give seconds, at the first whole hour of UTC: rows are kept by those. */
  dayOf(wall: number): number;
  monthOf(wall: number): number;
}

const HOUR_S = 3600;
const wholeHour = (wall: number): number => Math.ceil(wall / 1000 / HOUR_S) * HOUR_S;

const UTC: Calendar = {
  timeZone: 'UTC',
  dayOf: (wall) => wholeHour(new Date(wall).setUTCHours(0, 0, 0, 0)),
  monthOf: (wall) => {
    const date = new Date(wall);
    return wholeHour(Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1));
  },
};

/** Of a time zone; throws RangeError where there is none of that name. Without one: UTC. */
export const calendarOf = (timeZone?: string): Calendar => {
  if (timeZone === undefined || timeZone === 'UTC') return UTC;
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    ...{ year: 'numeric', month: '2-digit', day: '2-digit' },
    ...{ hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' },
  });
  /** Local fields as if they were those of UTC. */
  const local = (wall: number): number => {
    const at = new Map(format.formatToParts(wall).map(({ type, value }) => [type, Number(value)]));
    const of = (name: Intl.DateTimeFormatPartTypes): number => at.get(name) ?? 0;
    return Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second'));
  };
  const offset = (wall: number): number => local(wall) - Math.floor(wall / 1000) * 1000;
  /** The instant at which clocks there show `fields`; the second look is for a change of clocks in between. */
  const instant = (fields: number): number => fields - offset(fields - offset(fields));
  const parts = (wall: number): readonly [number, number, number] => {
    const date = new Date(local(wall));
    return [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
  };
  return {
    timeZone,
    dayOf: (wall) => wholeHour(instant(Date.UTC(...parts(wall)))),
    monthOf: (wall) => {
      const [year, month] = parts(wall);
      return wholeHour(instant(Date.UTC(year, month, 1)));
    },
  };
};
