// Licences of all that an installed agent contains. `npm run licences` prints the list; it fails where a licence is not
// known to be permissive, or its text is missing.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { shippedPackages } from './shipped.mjs';

/** Licences (SPDX) that only ask for their text and notices to be kept. Another one is looked at by a human first. */
const PERMISSIVE = new Set(['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT']);
/** Binaries of one platform come without the text of the project that they are built from. */
const BUILT_FROM = [
  [/^@libsql\//, 'libsql'],
  [/^@koromix\/koffi-/, 'koffi'],
];
const LICENCE_FILE = /^(licen[cs]e|copying)(\.(md|txt))?$/i;
const NOTICE_FILE = /^notice(\.(md|txt))?$/i;

/** Each package with the name and the text of its licence. Throws with all problems at once. */
export const licences = (root) => {
  const packages = shippedPackages(root);
  const problems = [];
  const listed = packages.map(({ name, version, folder }) => {
    const { license } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
    if (!PERMISSIVE.has(license))
      problems.push(`${name} ${version} is licensed as ${license ?? 'nothing that it says'}`);
    const origin = BUILT_FROM.find(([pattern]) => pattern.test(name))?.[1];
    const home = packages.find((one) => one.name === origin)?.folder ?? folder;
    const text = textOf(join(root, home), LICENCE_FILE);
    if (text === undefined) problems.push(`${name} ${version} has no file with its licence`);
    return { name, version, license, text, notice: textOf(join(root, home), NOTICE_FILE) };
  });
  if (problems.length > 0) throw new Error(`licences to be looked at:\n  ${problems.join('\n  ')}`);
  return [nodeLicence(), ...listed];
};

const textOf = (folder, pattern) => {
  const name = readdirSync(folder).find((one) => pattern.test(one));
  return name === undefined ? undefined : readFileSync(join(folder, name), 'utf8').trim();
};

/** Node holds V8, OpenSSL, ICU and others: its file names them all. Found where its archives and Debian's packages put it. */
const nodeLicence = () => {
  const home = dirname(dirname(process.execPath));
  const places = ['LICENSE', 'share/doc/nodejs/LICENSE', 'share/doc/node/LICENSE'].map((path) =>
    join(home, path),
  );
  const path = places.find(
    (one) => existsSync(one) && readFileSync(one, 'utf8').startsWith('Node.js is licensed'),
  );
  if (path === undefined)
    throw new Error(`the licence of Node was not found: put the file LICENSE of its release at ${places[0]}`);
  return {
    name: 'node',
    version: process.versions.node,
    license: 'MIT and others',
    text: readFileSync(path, 'utf8').trim(),
  };
};

export const licenceList = (all) =>
  `${all.map(({ name, version, license }) => `${name} ${version}: ${license}`).join('\n')}\n`;

/** What the licences ask for: their texts, and the notices of those that have any. */
export const noticeText = (all) => {
  const rule = '-'.repeat(80);
  const parts = all.map(({ name, version, license, text, notice }) =>
    [
      rule,
      `${name} ${version} (${license})`,
      rule,
      '',
      text,
      ...(notice === undefined ? [] : ['', notice]),
      '',
    ].join('\n'),
  );
  const head =
    'negawatt is licensed under the Apache License 2.0: see LICENSE. It contains the software below, under the\n' +
    'licences that follow. Tables of factors and hardware have notices of their own in config/.\n';
  return `${head}\n${parts.join('\n')}`;
};

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    process.stdout.write(licenceList(licences(join(import.meta.dirname, '..', '..'))));
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
