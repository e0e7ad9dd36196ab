export { canonical } from '../model/canonical-json.ts';

/** Freezes a value with all that is inside it. */
export const frozen = (value: unknown): unknown => {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(frozen);
  return value;
};
