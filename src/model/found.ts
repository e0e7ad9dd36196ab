/** What was looked for, or why it is not there and what to do about it. Absence is a value, not an exception. */
export type Found<T> =
  | { readonly found: true; readonly value: T }
  | {
      readonly found: false;
      readonly reason: string;
      readonly fix: string;
      /**
       * `unreadable`: it is there and may not be read. `failing`: it is there and gave no usable answer. `absent`, the
       * default: nothing is there.
       */
      readonly state?: 'absent' | 'unreadable' | 'failing';
    };

export const found = <T>(value: T): Found<T> => ({ found: true, value });

/** @param reason what was looked for and where. @param fix what the operator can do, or '' if nothing need be done. */
export const absent = (reason: string, fix = ''): Found<never> => ({ found: false, reason, fix });

/** It is there and cannot be read as things are. @param fix the exact step that makes it readable. */
export const unreadable = (reason: string, fix: string): Found<never> => ({
  found: false,
  reason,
  fix,
  state: 'unreadable',
});

/** It should be there and did not answer, or with nonsense. @param fix the operator's next step. */
export const unanswered = (reason: string, fix: string): Found<never> => ({
  found: false,
  reason,
  fix,
  state: 'failing',
});
