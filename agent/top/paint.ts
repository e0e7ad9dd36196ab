import type { Line, Tone } from './layout.ts';

/** SGR parameters (ECMA-48, 8.3.117): bold, inverse, dim, yellow. Meaning never rests on them alone. */
const SGR: Readonly<Record<Tone, string>> = {
  title: '1',
  plain: '',
  warning: '33',
  head: '7',
  reserved: '2',
  keys: '2',
};

/** Whether to use them: not where NO_COLOR is set to anything (no-color.org), nor on a terminal without. */
export const wantsColour = ({ NO_COLOR, TERM }: NodeJS.ProcessEnv): boolean =>
  (NO_COLOR === undefined || NO_COLOR === '') && TERM !== 'dumb';

export const paint = ({ text, tone }: Line, colour: boolean): string =>
  colour && SGR[tone] !== '' ? `\u001b[${SGR[tone]}m${text}\u001b[0m` : text;
