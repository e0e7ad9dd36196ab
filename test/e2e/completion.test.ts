/** Completion in the shells themselves, in a terminal, with the Tab key. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshDirectory, runCommand } from '../fixtures/agent-process.ts';
import { debianProgram } from '../fixtures/debian.ts';
import { openTerminal, type Screen } from '../fixtures/terminal.ts';

const tmux = debianProgram('/usr/bin/tmux', 'tmux');
const directory = freshDirectory();
const script = (shell: string): string => join(directory.path, `completion.${shell}`);
/** Its files are what is offered where a file is asked for. */
const HERE = join(directory.path, 'here');

beforeAll(async () => {
  mkdirSync(HERE);
  writeFileSync(join(HERE, 'site-17.yaml'), '');
  for (const shell of ['bash', 'zsh', 'fish']) {
    const { code, stdout } = await runCommand(['completion', shell]);
    expect(code).toBe(0);
    writeFileSync(script(shell), stdout);
  }
});
afterAll(() => directory.remove());

const SHELLS = [
  {
    name: 'bash',
    program: '/usr/bin/bash',
    start: () => `cd ${HERE}; PS1="ready> " exec bash --norc --noprofile -i`,
    setUp: `source ${script('bash')}`,
  },
  {
    name: 'zsh',
    program: '/usr/bin/zsh',
    start: () => `cd ${HERE}; PS1="ready> " exec zsh -f -i`,
    setUp: `autoload -U compinit; compinit -D -u; source ${script('zsh')}`,
  },
  {
    name: 'fish',
    program: '/usr/bin/fish',
    start: () =>
      `cd ${HERE}; exec fish --no-config -i -C 'function fish_prompt; echo -n "ready> "; end; set -g fish_autosuggestion_enabled 0'`,
    setUp: `source ${script('fish')}`,
  },
];

/** What is typed, and the line that one Tab makes of it. */
const COMPLETED = [
  ['negawatt gree', 'negawatt greenest'],
  ['negawatt config ch', 'negawatt config check'],
  ['negawatt compare --measu', 'negawatt compare --measure'],
  ['negawatt once --format js', 'negawatt once --format json'],
  ['negawatt once --format=cs', 'negawatt once --format=csv'],
  ['negawatt calibrate --burner st', 'negawatt calibrate --burner stress-ng'],
  ['negawatt run --log.level wa', 'negawatt run --log.level warn'],
  ['negawatt run --no-source.rap', 'negawatt run --no-source.rapl'],
  ['negawatt report --activity si', 'negawatt report --activity site-17.yaml'],
  ['negawatt completion zs', 'negawatt completion zsh'],
] as const;

describe.skipIf(tmux === undefined).each(SHELLS)('completion in $name', ({ name, program, start, setUp }) => {
  const isThere = debianProgram(program, name) !== undefined;
  let screen: Screen;
  beforeAll(async () => {
    if (!isThere) return;
    screen = await openTerminal(tmux ?? '', directory.path, start(), { HOME: directory.path });
    await screen.type(` ${setUp}; clear`);
    await screen.shows(/^ready> *$/m);
  });
  afterAll(() => screen?.close());

  it.skipIf(!isThere).each(COMPLETED)('makes of "%s" with Tab "%s"', async (typed, completed) => {
    await screen.press(typed);
    await screen.press('Tab');
    await screen.shows(new RegExp(`ready> ${completed.replace(/[.]/g, '\\.')} *$`, 'm'));
    await screen.press('C-c');
    await screen.type(' clear');
    await screen.shows(/^ready> *$/m);
  });
});

it('for a shell that is not known is wrong use, and names those that are', async () => {
  const { code, stderr } = await runCommand(['completion', 'tcsh']);
  expect(code).toBe(64);
  expect(stderr).toContain('bash, zsh, fish');
});
