/** Suffixes of a quantity of Kubernetes (apimachinery, pkg/api/resource/quantity.go). */
const SUFFIXES: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};
const QUANTITY = /^\+?(\d{1,20}(?:\.\d{0,20})?|\.\d{1,20})(?:[eE]([+-]?\d{1,2})|([numkMGTPE]|[KMGTPE]i)?)$/;

/** `250m`, `1.5`, `2`, `1e3`: a number, or undefined where it is none or negative. */
export const quantity = (value: unknown): number | undefined => {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const [, digits, exponent, suffix = ''] = QUANTITY.exec(String(value)) ?? [];
  if (digits === undefined) return undefined;
  // The exponent is part of the number, so that 1e-1 is read once and not rounded twice.
  return exponent === undefined ? Number(digits) * (SUFFIXES[suffix] ?? 1) : Number(`${digits}e${exponent}`);
};
