/** Words of this process to systemd. Loaded only where systemd waits for them: see sd_notify(3), sd_watchdog_enabled(3). */

/** Shared library of systemd: it knows the sockets, abstract ones too, and every host that runs systemd has it. */
const LIBRARY = 'libsystemd.so.0';
/** A beat may come late by as much again before systemd restarts the service (sd_watchdog_enabled(3)). */
const BEATS_PER_TIMEOUT = 2;
/** A word that systemd has not taken by then is waited for no longer: a datagram on the same host takes microseconds. */
const PATIENCE_MS = 500;

export interface ServiceManager {
  /** The agent answers and has its first snapshot. Beats of the watchdog follow. @param status for `systemctl status`. */
  ready(status: string): Promise<void>;
  /** Holds `systemctl reload` until `work` is over, whatever comes of it. */
  reloading<T>(work: () => Promise<T>): Promise<T>;
  /** The end has begun; there are no more beats. */
  stopping(): Promise<void>;
  /** Whether a word holds a thread, as systemd does not take it: Node would wait for that at its end. */
  isHeld(): boolean;
}

export interface NotifyOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether the sampling loop goes on: asked at each beat, which is left out where it does not. */
  readonly alive: () => boolean;
  readonly warn: (fields: object, message: string) => void;
}

/** Does not throw: without a way to speak it warns, and says nothing to systemd. */
export const openServiceManager = async ({ env, alive, warn }: NotifyOptions): Promise<ServiceManager> => {
  const { send, isHeld } = inTurn(await openSend(warn));
  const timeout = watchdogTimeout(env);
  let timer: NodeJS.Timeout | undefined;
  let stands = false;
  const beat = (): void => {
    if (isHeld()) return;
    if (alive()) void send('WATCHDOG=1');
    else if (!stands)
      warn({ timeout }, 'the sampling loop stands still: systemd is not told that it goes on');
    stands = !alive();
  };
  return {
    ready: async (status) => {
      await send(`READY=1\nSTATUS=${status}`);
      if (timeout === undefined) return;
      timer = setInterval(beat, timeout / BEATS_PER_TIMEOUT);
      timer.unref();
    },
    reloading: async (work) => {
      // The time is asked for by Type=notify-reload and ignored by Type=notify.
      await send(`RELOADING=1\nMONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`);
      try {
        return await work();
      } finally {
        await send('READY=1');
      }
    },
    stopping: async () => {
      clearInterval(timer);
      await send('STOPPING=1\nSTATUS=the state is kept');
    },
    isHeld,
  };
};

/** Milliseconds without a beat after which systemd restarts this process; undefined where it does not watch it. */
const watchdogTimeout = ({
  WATCHDOG_USEC: usec,
  WATCHDOG_PID: pid,
}: NotifyOptions['env']): number | undefined => {
  if (pid !== undefined && Number(pid) !== process.pid) return undefined;
  const timeout = Number(usec) / 1000;
  return Number.isFinite(timeout) && timeout > 0 ? timeout : undefined;
};

/** One word at a time: each that systemd does not take holds a thread of the pool, and files and names need those. */
const inTurn = (send: (words: string) => Promise<void>) => {
  let waiting = 0;
  let last = Promise.resolve();
  return {
    isHeld: () => waiting > 0,
    send: (words: string): Promise<void> => {
      waiting += 1;
      last = last
        .then(() => send(words))
        .finally(() => {
          waiting -= 1;
        });
      return new Promise((resolve) => {
        const timer = setTimeout(resolve, PATIENCE_MS);
        void last.finally(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    },
  };
};

/**
 * Sends by the library, in a thread of Node's pool: where systemd itself hangs its socket fills, and the loop must not
 * wait for that. A child `systemd-notify` for each word would take five milliseconds of a processor each time.
 */
const openSend = async (warn: NotifyOptions['warn']): Promise<(words: string) => Promise<void>> => {
  let warned = false;
  const complain = (reason: string): void => {
    if (warned) return;
    warned = true;
    const fix =
      `Install ${LIBRARY} and koffi with its platform package, or let systemd not wait: ` +
      'systemctl edit negawatt, [Service], Type=exec, WatchdogSec=0.';
    warn({ fix }, `systemd cannot be told how the agent is: ${reason}`);
  };
  try {
    const { load } = await import('koffi');
    const notify = load(LIBRARY).func('sd_notify', 'int', ['int', 'str']);
    return (words) =>
      new Promise((resolve) => {
        notify.async(0, words, (error: unknown, code: number) => {
          if (error) complain(String(error));
          else if (code <= 0)
            complain(code === 0 ? 'NOTIFY_SOCKET is empty' : `errno ${-code} at its socket`);
          resolve();
        });
      });
  } catch (error) {
    complain(error instanceof Error ? error.message : String(error));
    return async () => {};
  }
};
