/** Whether a series has the labels that are asked for. One that it lacks counts as '', as Prometheus has it. */
export type LabelTest = (labels: ReadonlyMap<string, string>) => boolean;

/** A longer value is not given to an expression of the operator's: time grows with it. */
const LONGEST_TESTED = 256;

/** Reads `value` and `/expression/`; undefined where an expression cannot be compiled. */
export const compileLabels = (wanted: Readonly<Record<string, string>>): LabelTest | undefined => {
  try {
    const tests = Object.entries(wanted).map(([name, text]) => ({ name, fits: testOf(text) }));
    return (labels) => tests.every(({ name, fits }) => fits(labels.get(name) ?? ''));
  } catch {
    return undefined;
  }
};

const testOf = (text: string): ((value: string) => boolean) => {
  const [, expression] = /^\/(.*)\/$/s.exec(text) ?? [];
  if (expression === undefined) return (value) => value === text;
  const pattern = new RegExp(`^(?:${expression})$`, 'u');
  return (value) => value.length <= LONGEST_TESTED && pattern.test(value);
};
