/** What people read first in the terminal. */
import { describe, expect, it } from 'vitest';
import { createProgram } from '../../agent/commands/index.ts';
import { runCommand } from '../fixtures/agent-process.ts';

const HEADINGS = ['Start:', 'Run:', 'Compare:', 'Report:', 'Advanced:'];
const helps = createProgram().help();

describe('negawatt --help', () => {
  it('opens with three examples, and names the exit codes', async () => {
    const { code, stdout } = await runCommand(['--help']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Examples:\n( {2}\$ negawatt .*\n){3}\nUsage:/);
    expect(stdout).toMatch(/Exit codes: 0 ok, 1 error, 64 /);
  });

  it('has every command under a heading that says what it is for', () => {
    const [program] = helps;
    const lines = program?.text.split('\n') ?? [];
    expect(lines.filter((line) => /^[A-Z].*:$/.test(line))).toEqual(['Options:', ...HEADINGS]);
    const commands = lines
      .slice(lines.indexOf('Start:'))
      .flatMap((line) => /^ {2}(\w+)/.exec(line)?.[1] ?? []);
    const all = helps.slice(1).map(({ name }) => name.split(' ')[1]);
    expect(new Set(commands)).toEqual(new Set([...all, 'help']));
  });
});

describe('negawatt help', () => {
  it('prints the help of a command, also of one below another', async () => {
    const { code, stdout } = await runCommand(['help', 'config', 'check']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Usage: negawatt config check /);
  });

  it('says that there is no such command, and which there are, instead of the help of another', async () => {
    const { code, stdout, stderr } = await runCommand(['help', 'nope']);
    expect({ code, stdout }).toEqual({ code: 64, stdout: '' });
    expect(stderr).toMatch(/there is no command 'negawatt nope'; there are demo, doctor, /);
    const below = await runCommand(['help', 'config', 'nope']);
    expect(below.stderr).toMatch(/there is no command 'negawatt config nope'; there are check, print$/m);
  });

  it('is named, with the command, where a command is used wrongly', async () => {
    const { code, stderr } = await runCommand(['measure', 'check']);
    expect(code).toBe(64);
    expect(stderr).toContain('(see negawatt measure check --help)');
  });
});

describe.each(helps.slice(1))('the help of $name', ({ text }) => {
  it('has what the command alone takes before what all of them take', () => {
    const headings = text.split('\n').filter((line) => /^[A-Z][\w ]*:$/.test(line));
    const order = ['Arguments:', 'Options:', 'Where the past is read:', 'Configuration:'];
    expect(headings).toEqual(order.filter((one) => headings.includes(one)));
  });
});
