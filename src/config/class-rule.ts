import * as z from 'zod/mini';
import { about } from './fields.ts';

/** A pattern or several: strings, so that what is in force can be printed and hashed as it was written. */
const patterns = () => {
  const one = z.string().check(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
    z.regex(/^[^\u0000-\u001f\u007f]+$/),
    z.maxLength(256),
  );
  return z.union([one, z.array(one).check(z.minLength(1), z.maxLength(64))]);
};

const condition = (what: string) =>
  about(z.exactOptional(patterns()), {
    description: `${what}: a pattern with * and ?, or a list of which one must fit.`,
    'x-expected': 'text of at most 256 letters, or a list of such',
  });

/** One rule of `classes`. */
export const classRule = z.strictObject({
  class: about(z.string().check(z.regex(/^[a-z][a-z0-9_-]{0,31}$/)), {
    description: 'Class that a workload gets.',
    'x-expected': 'small letters, digits, - and _, at most 32, beginning with a letter',
  }),
  kind: condition('Kind (container, vm, job, unit, cgroup, ended)'),
  name: condition('Name'),
  path: condition('Path of the control group'),
  namespace: condition('Kubernetes namespace'),
  labels: about(z.exactOptional(z.record(z.string().check(z.minLength(1), z.maxLength(128)), patterns())), {
    description: 'Labels: those of negawatt_workload_info, and those that its owner gave it.',
    'x-expected': 'a mapping of label names to patterns',
  }),
});
export type WrittenRule = z.output<typeof classRule>;
export type WrittenPatterns = z.output<ReturnType<typeof patterns>>;
