// Packs the built agent with its own Node into one file that is the same, byte for byte, whenever and wherever the same
// sources are packed with the same Node: fixed order, owner, rights and times. `npm run package`; --out FOLDER.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { sourceDate } from './source-date.mjs';
import { filesBelow, layOut } from './tree.mjs';

const root = join(import.meta.dirname, '..', '..');
const { values } = parseArgs({ options: { out: { type: 'string', default: join(root, 'release') } } });
if (process.platform !== 'linux' || process.report.getReport().header.glibcVersionRuntime === undefined)
  throw new Error('the package is made on Linux with the GNU C library, for hosts like that');
if (!existsSync(join(root, 'dist', 'negawatt.js'))) throw new Error('there is no build: run npm run package');

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
const date = sourceDate(root);
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const name = `negawatt-${version}-linux-${process.arch}`;
const work = mkdtempSync(join(tmpdir(), 'negawatt-package-'));
try {
  const folder = join(work, name);
  layOut(root, folder);
  const sums = filesBelow(folder).map((path) => `${sha256(readFileSync(join(folder, path)))}  ${path}\n`);
  writeFileSync(join(folder, 'SHA256SUMS'), sums.join(''));
  chmodSync(join(folder, 'SHA256SUMS'), 0o644);
  const order = [
    '--sort=name',
    '--format=ustar',
    `--mtime=@${date}`,
    '--owner=0',
    '--group=0',
    '--numeric-owner',
  ];
  const tar = execFileSync('tar', [...order, '-C', work, '-cf', '-', name], {
    maxBuffer: 1024 ** 3,
    env: { ...process.env, LC_ALL: 'C' },
  });
  const packed = gzipSync(tar, { level: 6 });
  const out = resolve(values.out);
  mkdirSync(out, { recursive: true });
  const file = `${name}.tar.gz`;
  writeFileSync(join(out, file), packed);
  writeFileSync(join(out, 'SHA256SUMS'), `${sha256(packed)}  ${file}\n`);
  process.stdout.write(
    `${join(out, file)}  ${(packed.length / 1e6).toFixed(1)} MB  sha256 ${sha256(packed)}\n`,
  );
} finally {
  rmSync(work, { recursive: true, force: true });
}
