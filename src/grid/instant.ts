const FORM = /^(\d{4}-\d\d-\d\d)T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(?:Z|([+-])(\d\d):?(\d\d))$/;
const MINUTE = 60_000;

/**
 * Milliseconds since 1970 UTC of a time in ISO 8601: with or without seconds, with up to nine digits behind them, as
 * providers write it. Undefined where it is none, and where it does not say its offset: in the night of the autumn
 * clock change a local hour without one happens twice.
 */
export const instantOf = (text: string): number | undefined => {
  const [, day = '', hours = '', minutes = '', s = '00', fraction = '', sign = '+', h = '00', m = '00'] =
    FORM.exec(text) ?? [];
  const midnight = Date.parse(`${day}T00:00:00Z`);
  // Date.parse rolls 31 February over to March.
  if (!Number.isFinite(midnight) || new Date(midnight).toISOString().slice(0, 10) !== day) return undefined;
  if (Number(hours) > 23 || Number(minutes) > 59 || Number(s) > 59) return undefined;
  if (Number(h) > 14 || Number(m) > 59) return undefined;
  const offset = (Number(h) * 60 + Number(m)) * (sign === '-' ? -MINUTE : MINUTE);
  const ofDay = (Number(hours) * 60 + Number(minutes)) * MINUTE + Number(s) * 1000;
  return midnight + ofDay + Number(fraction.slice(0, 3).padEnd(3, '0')) - offset;
};

/** `2026-11-23T12:00Z`, as several providers want it. */
export const toMinute = (instant: number): string => `${new Date(instant).toISOString().slice(0, 16)}Z`;
