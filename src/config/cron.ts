/** Least and greatest of minute, hour, day of the month, month and day of the week, as crontab(5) has them. */
const FIELDS: readonly (readonly [least: number, most: number])[] = [
  [0, 59],
  [0, 23],
  [1, 31],
  [1, 12],
  [0, 7],
];

/** A step is of all or of a range: of a single value it has no meaning. */
const PART = /^(?:(?:\*|(\d{1,2})-(\d{1,2}))(?:\/(\d{1,2}))?|(\d{1,2}))$/;

const isPart = (text: string, [least, most]: readonly [number, number]): boolean => {
  const found = PART.exec(text);
  if (found === null) return false;
  const [first, last, every, only] = found
    .slice(1)
    .map((one) => (one === undefined ? undefined : Number(one)));
  const isIn = (value: number | undefined): boolean =>
    value === undefined || (value >= least && value <= most);
  return [first, last, only].every(isIn) && (first ?? 0) <= (last ?? 0) && every !== 0;
};

/** Whether a text is five fields of a crontab, in numbers: `20 * * * *` is each hour, twenty minutes past. */
export const isCron = (text: string): boolean => {
  const fields = text.split(' ');
  return (
    fields.length === FIELDS.length &&
    fields.every((field, at) => field.split(',').every((part) => isPart(part, FIELDS[at] ?? [0, 0])))
  );
};
