/** Something wrong with the configuration. Said as `place: what`. */
export interface Problem {
  /** `/etc/negawatt.yaml:4:13`, `NEGAWATT_GRID_ZONE`, `--grid.zone`; '' where no place can be named. */
  readonly place: string;
  /** What was found, what is allowed, what to do: one line. */
  readonly what: string;
}

/** More than anybody mends at once. */
const MOST_SHOWN = 50;

/** The first of them and how many more there are: a file of 1 MiB can have 100,000, which make 11 MB of log. */
export const firstOf = (problems: readonly Problem[]): readonly Problem[] =>
  problems.length <= MOST_SHOWN
    ? problems
    : [
        ...problems.slice(0, MOST_SHOWN),
        { place: '', what: `and ${problems.length - MOST_SHOWN} more: mend these first` },
      ];

/** A value as a message can show it: short, on one line, with its kind where the text alone could mislead. */
export const shown = (value: unknown): string => {
  if (typeof value === 'string') {
    // A password or a query in an address is refused, and this message is where it would be seen.
    const text = value.replace(/\/\/\S*@/, '//***@').replace(/(:\/\/[^\s?]*\?)\S+/, '$1***');
    // What JSON leaves as it is and a terminal obeys: the control characters from 127.
    const line = text.replace(/[\u007f-\u009f]/g, '?');
    return JSON.stringify(line.length > 60 ? `${line.slice(0, 57)}...` : line);
  }
  if (typeof value === 'number' || typeof value === 'boolean') return `${value} (a ${typeof value})`;
  if (value === null) return 'empty';
  return Array.isArray(value) ? 'a list' : 'a mapping';
};
