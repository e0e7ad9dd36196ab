/** Prometheus tells how long it waits in this header of every scrape. */
const HEADER = 'x-prometheus-scrape-timeout-seconds';
/** An answer that comes at the very end is lost on its way. */
const MARGIN_MS = 500;
/** Whoever does not tell gets an answer before the server cuts an idle connection, after 30 s. */
const LONGEST_MS = 25_000;

/** No scraper waits for less; whoever says so would fill the log with scrapes that failed. */
const LEAST_MS = 100;

/** Milliseconds in which a scrape must be answered, by its headers. */
export const patienceOf = (
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
): number => {
  const told = Number(headers[HEADER]) * 1000;
  if (!(told > 0)) return LONGEST_MS;
  return Math.max(LEAST_MS, Math.min(LONGEST_MS, told - Math.min(MARGIN_MS, told / 2)));
};

export class TooSlow extends Error {
  constructor(milliseconds: number) {
    super(`no metrics within ${milliseconds / 1000} s, which is as long as this scrape may take`);
    this.name = 'TooSlow';
  }
}

/** The promise, or TooSlow after so many milliseconds. */
export const within = async <T>(milliseconds: number, promise: Promise<T>): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TooSlow(milliseconds)), milliseconds);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
};
