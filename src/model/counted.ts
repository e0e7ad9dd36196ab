/** The word for so many: `host` of 1, else `hosts`. @param many where it is no `s` more. */
export const plural = (count: number, one: string, many = `${one}s`): string => (count === 1 ? one : many);

/** `1 host`, `3 hosts`. */
export const counted = (count: number, one: string, many?: string): string =>
  `${count} ${plural(count, one, many)}`;
