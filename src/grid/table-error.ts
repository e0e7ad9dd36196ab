/** At most this many problems are named in the message; `problems` has all. */
const SHOWN = 5;

/** Factor tables that cannot be used. Nothing of them is taken, so that no zone lacks a row unnoticed. */
export class FactorTableError extends Error {
  /** One line each: file, line and row where known, field, what is wrong, what would be right. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[], cause?: unknown) {
    const more = problems.length > SHOWN ? [`and ${problems.length - SHOWN} more`] : [];
    super(
      ['factor tables are refused:', ...problems.slice(0, SHOWN), ...more].join('\n  '),
      cause === undefined ? undefined : { cause },
    );
    this.name = 'FactorTableError';
    this.problems = problems;
  }
}
