import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createTextfile, type TextfileTrouble, textfileTrouble } from '../../../src/exporters/textfile.ts';
import { freshDirectory } from '../../fixtures/agent-process.ts';
import { asNobody, canDropPrivileges } from '../../fixtures/privileges.ts';
import { smallDisk } from '../../fixtures/small-disk.ts';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0).reverse()) end();
});

const folder = (): string => {
  const { path, remove } = freshDirectory();
  ends.push(remove);
  return path;
};

/** A textfile whose text a test sets. */
const textfileAt = (path: string) => {
  const told: (TextfileTrouble | undefined)[] = [];
  let text = 'a 1\n';
  const file = createTextfile({
    path,
    render: async () => text,
    onTrouble: (trouble) => told.push(trouble),
  });
  return {
    told,
    file,
    write: async (next: string) => {
      text = next;
      file.write();
      await file.settled();
    },
  };
};

describe('the file', () => {
  it('is whole, for the group alone to read whatever the umask, and replaced by the next', async () => {
    const path = join(folder(), 'negawatt.prom');
    const { write, told } = textfileAt(path);
    const mask = process.umask(0o077);
    try {
      await write('a 1\n');
    } finally {
      process.umask(mask);
    }
    expect(readFileSync(path, 'utf8')).toBe('a 1\n');
    expect(statSync(path).mode & 0o777).toBe(0o640);
    const before = statSync(path).ino;
    await write('a 2\n');
    expect(readFileSync(path, 'utf8')).toBe('a 2\n');
    expect(statSync(path).ino).not.toBe(before);
    expect(readdirSync(join(path, '..'))).toEqual(['negawatt.prom']);
    expect(told).toEqual([]);
  });

  it('never goes through a link that somebody laid where it is drafted', async () => {
    const home = folder();
    const victim = join(home, 'victim');
    writeFileSync(victim, 'precious');
    symlinkSync(victim, join(home, 'negawatt.prom.tmp'));
    const { write } = textfileAt(join(home, 'negawatt.prom'));
    await write('a 1\n');
    expect(readFileSync(victim, 'utf8')).toBe('precious');
    expect(readFileSync(join(home, 'negawatt.prom'), 'utf8')).toBe('a 1\n');
  });

  it('goes at the end, so that nobody takes the last power for the power now', async () => {
    const path = join(folder(), 'negawatt.prom');
    const { write, file } = textfileAt(path);
    await write('a 1\n');
    await file.remove();
    expect(existsSync(path)).toBe(false);
    await file.remove();
  });

  it('is written once at a time, however often that is asked for', async () => {
    let renderings = 0;
    let go = (): void => {};
    const file = createTextfile({
      path: join(folder(), 'negawatt.prom'),
      render: () => {
        renderings += 1;
        return new Promise((resolve) => {
          go = () => resolve('a 1\n');
        });
      },
      onTrouble: () => {},
    });
    for (let i = 0; i < 100; i++) file.write();
    expect(renderings).toBe(1);
    go();
    await file.settled();
  });
});

describe('a directory that cannot be written', () => {
  it('is told at the start where it is not there, or is none', async () => {
    const home = folder();
    expect(await textfileTrouble(join(home, 'negawatt.prom'))).toBeUndefined();
    const missing = await textfileTrouble(join(home, 'missing', 'negawatt.prom'));
    expect(missing?.reason).toContain('ENOENT');
    expect(missing?.fix).toContain('make the directory');
    writeFileSync(join(home, 'file'), '');
    expect((await textfileTrouble(join(home, 'file', 'negawatt.prom')))?.reason).toContain('is no directory');
  });

  it('by vanishing is told once, and that it works again once', async () => {
    const home = folder();
    mkdirSync(join(home, 'd'));
    const { write, told } = textfileAt(join(home, 'd', 'negawatt.prom'));
    await write('a 1\n');
    renameSync(join(home, 'd'), join(home, 'away'));
    for (const text of ['a 2\n', 'a 3\n', 'a 4\n']) await write(text);
    expect(told).toHaveLength(1);
    expect(told[0]?.fix).toContain('make the directory');
    renameSync(join(home, 'away'), join(home, 'd'));
    await write('a 5\n');
    expect(told).toHaveLength(2);
    expect(told[1]).toBeUndefined();
    expect(readFileSync(join(home, 'd', 'negawatt.prom'), 'utf8')).toBe('a 5\n');
  });

  it.skipIf(!canDropPrivileges)('by its rights is told with what to do', async () => {
    const home = folder();
    chmodSync(home, 0o755);
    const { write, told } = textfileAt(join(home, 'negawatt.prom'));
    await asNobody(async () => {
      await write('a 1\n');
      await write('a 2\n');
    });
    expect(told).toHaveLength(1);
    expect(told[0]?.reason).toContain('EACCES');
    expect(told[0]?.fix).toContain('let the user of negawatt write there');
  });

  it('being full keeps the last whole file and no draft, and goes on when there is room', async ({
    skip,
  }) => {
    const disk = smallDisk(64);
    if (disk === undefined) return skip('nothing can be mounted');
    ends.push(disk.remove);
    const path = join(disk.path, 'negawatt.prom');
    const { write, told } = textfileAt(path);
    const good = `a 1\n${'# x\n'.repeat(2000)}`;
    await write(good);
    disk.fill();
    await write(good.replaceAll('x', 'y'));
    await write(good.replaceAll('x', 'z'));
    expect(readFileSync(path, 'utf8')).toBe(good);
    expect(readdirSync(disk.path).sort()).toEqual(['filler', 'negawatt.prom']);
    expect(told).toHaveLength(1);
    expect(told[0]?.reason).toContain('ENOSPC');
    expect(told[0]?.fix).toContain('make room');
    disk.empty();
    await write('a 3\n');
    expect(readFileSync(path, 'utf8')).toBe('a 3\n');
    expect(told).toHaveLength(2);
  });

  it('being mounted read-only is told once, another trouble after it too', async ({ skip }) => {
    const disk = smallDisk(64);
    if (disk === undefined) return skip('nothing can be mounted');
    ends.push(disk.remove);
    const { write, told } = textfileAt(join(disk.path, 'd', 'negawatt.prom'));
    mkdirSync(join(disk.path, 'd'));
    disk.readOnly(true);
    await write('a 1\n');
    await write('a 2\n');
    expect(told.map((trouble) => trouble?.reason.match(/E[A-Z]+/)?.[0])).toEqual(['EROFS']);
    expect(told[0]?.fix).toContain('read-only');
    disk.readOnly(false);
    renameSync(join(disk.path, 'd'), join(disk.path, 'e'));
    await write('a 3\n');
    expect(told.map((trouble) => trouble?.reason.match(/E[A-Z]+/)?.[0])).toEqual(['EROFS', 'ENOENT']);
  });
});

it('metrics that cannot be made leave the last file as it is', async () => {
  const path = join(folder(), 'negawatt.prom');
  writeFileSync(path, 'a 1\n');
  const told: (TextfileTrouble | undefined)[] = [];
  const render = async () => {
    throw new Error('the pot is empty');
  };
  const file = createTextfile({ path, render, onTrouble: (trouble) => told.push(trouble) });
  file.write();
  await file.settled();
  expect(readFileSync(path, 'utf8')).toBe('a 1\n');
  expect(told[0]?.reason).toContain('the pot is empty');
});
