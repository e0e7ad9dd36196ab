import type { WorkReading } from '../model/work.ts';

/** What is wrong with a way in, and the next step. */
export interface Trouble {
  readonly reason: string;
  readonly fix: string;
}

/** One way in which work is told: an endpoint, a directory, the push. */
export interface Way {
  /** What it found, in a few words. */
  detail(): string;
  /** Hands over what has arrived since the last call. Never blocks. */
  take(): readonly WorkReading[];
  trouble(): Trouble | undefined;
  /** Reads now, or waits for the read that is under way. Never rejects. */
  refresh(): Promise<void>;
  close(): void;
}
