/** One line of what is wrong and what to do: a sentence of its own goes behind a full stop, a clause behind a semicolon. */
export const reasonAndFix = (reason: string, fix: string): string => {
  if (fix === '') return reason;
  return /^\p{Lu}/u.test(fix) ? `${reason.replace(/\.$/, '')}. ${fix}` : `${reason}; ${fix}`;
};
