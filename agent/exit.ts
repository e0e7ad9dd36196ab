/** Exit codes, a public contract: see `negawatt --help`. */
export const OK = 0;
export const ERROR = 1;
/** Wrong use of the command line (sysexits.h, EX_USAGE). */
export const USAGE = 64;

/** Ends a command with a message for the operator: what failed, where, what to do. No stack trace. */
export class CommandError extends Error {
  readonly code: number;

  constructor(message: string, code: number = ERROR) {
    super(message);
    this.name = 'CommandError';
    this.code = code;
  }
}
