import { InvalidArgumentError } from 'commander';

/** Reads `5s` or `5`. Never below 1 s: finer energy readings can leak secrets (CVE-2020-8694). */
export const parseInterval = (text: string): number => {
  const match = /^(\d+(?:\.\d+)?)s?$/.exec(text);
  const value = Number(match?.[1]);
  if (!(value >= 1 && value <= 3600))
    throw new InvalidArgumentError('it must be from 1s to 3600s, such as 5s.');
  return value;
};
