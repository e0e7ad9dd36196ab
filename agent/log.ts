import { type Logger, pino } from 'pino';
import { utcTime } from './utc-time.ts';

export type { Logger } from 'pino';

export interface LogOptions {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly format: 'logfmt' | 'json';
  /** Said on every line while it is set: `EXAMPLE ZONE DE`. */
  readonly example: string | undefined;
  readonly write: (line: string) => void;
}

/** The log of the agent: one line an event, on standard error, in the manner of exporters. */
export const createLog = ({ level, format, example, write }: LogOptions): Logger =>
  pino(
    {
      level,
      base: example === undefined ? null : { example },
      timestamp: () => `,"time":"${utcTime(Date.now())}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: format === 'json' ? write : (line: string) => write(logfmt(line)) },
  );

/** pino's JSON line as logfmt: `time=... level=info msg="..." key=value`. */
const logfmt = (line: string): string => {
  const { time, level, msg, ...rest } = JSON.parse(line) as Record<string, unknown>;
  const pairs = Object.entries({ time, level, msg, ...rest }).filter(
    ([, value]) => value !== undefined && value !== '',
  );
  return `${pairs.map(([key, value]) => `${key}=${quoted(value)}`).join(' ')}\n`;
};

const quoted = (value: unknown): string => {
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return /^[\w./:@+-]+$/.test(text) ? text : JSON.stringify(text);
};
