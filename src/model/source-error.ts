/**
 * How a reading failed.
 *
 * - `retry`: this time only (EIO, EAGAIN, a short read); the next tick asks again.
 * - `gone`: the thing was removed (ENOENT, ENODEV, ESRCH); the source is looked for anew.
 * - `fatal`: it cannot work as configured (no permission, unknown format); it is looked for anew, rarely.
 */
export type SourceErrorKind = 'retry' | 'gone' | 'fatal';

export class SourceError extends Error {
  readonly kind: SourceErrorKind;
  /** The operator's next step, in one sentence; '' where there is none. */
  readonly fix: string;

  constructor(kind: SourceErrorKind, message: string, options: { cause?: unknown; fix?: string } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'SourceError';
    this.kind = kind;
    this.fix = options.fix ?? '';
  }
}
