// The tree of an installed agent, laid out in a folder: what goes where, with which rights.
import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { HOME, launcher } from './launcher.mjs';
import { licenceList, licences, noticeText } from './licences.mjs';
import { sbom } from './sbom.mjs';
import { shippedPackages } from './shipped.mjs';

/** Files of packages that stay beside the bundle, since they are or load native code: see `external` in build.mjs. */
const NATIVE = [
  [/^koffi$/, /^(package\.json|index\.c?js|src\/koffi\/.*\.c?js)$/],
  [/^@koromix\/koffi-/, /^(package\.json|index\.js|linux_[^/]+\/koffi\.node)$/],
  [/^@libsql\//, /^(package\.json|index\.node)$/],
];
/** What is read without the source; each in its place of the project, so that its links lead somewhere. */
const DOCUMENTS = [
  'README.md',
  'CHANGELOG.md',
  'SECURITY.md',
  ...['COMMANDS.md', 'README.md'].map((name) => `agent/${name}`),
  ...['METRICS.md', 'NUMBERS.md', 'SAVINGS.md', 'STATEMENT.md'].map((name) => `src/${name}`),
  ...['before-and-after.png', 'status-page.png'].map((name) => `dashboards/pictures/${name}`),
];
/** Tools of the project itself. */
const NOT_SHIPPED = ['docs.js'];

export const layOut = (root, folder) => {
  const put = (path, text) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  const copy = (from, to) => {
    mkdirSync(dirname(join(folder, to)), { recursive: true });
    cpSync(from, join(folder, to), { recursive: true, dereference: true });
  };
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const all = licences(root);
  // Not stripped: that would save 3 MB of 45, and make the file depend on one more program.
  copy(process.execPath, 'bin/node');
  put('bin/negawatt', launcher(manifest));
  for (const name of readdirSync(join(root, 'dist')).filter((one) => !NOT_SHIPPED.includes(one)))
    copy(join(root, 'dist', name), `dist/${name}`);
  copy(join(root, 'config'), 'config');
  for (const { name, folder: from } of shippedPackages(root)) {
    const kept = NATIVE.find(([pattern]) => pattern.test(name))?.[1];
    for (const path of kept === undefined ? [] : filesBelow(join(root, from)).filter((one) => kept.test(one)))
      copy(join(root, from, path), `node_modules/${name}/${path}`);
  }
  // Tells Node that dist/ is ES modules.
  const { name, version, license, type } = manifest;
  put('package.json', `${JSON.stringify({ name, version, license, type, private: true }, null, 2)}\n`);
  copy(join(root, 'agent/package/system'), 'system');
  put('system/negawatt.yaml', systemConfig(readFileSync(join(root, 'config/negawatt.yaml'), 'utf8')));
  copy(join(root, 'agent/package/install.sh'), 'install.sh');
  for (const path of DOCUMENTS) copy(join(root, path), `doc/${path}`);
  copy(join(root, 'LICENSE'), 'LICENSE');
  put('NOTICE', noticeText(all));
  put('licences.txt', licenceList(all));
  put('sbom.cdx.json', `${JSON.stringify(sbom(root), null, 2)}\n`);
  setModes(folder);
};

/** The annotated defaults as a file to be edited: its first lines say otherwise in the project. */
const systemConfig = (text) => {
  const end = text.indexOf('\n\n');
  if (!text.startsWith('# yaml-language-server: $schema=negawatt.schema.json\n') || end < 0)
    throw new Error(
      'config/negawatt.yaml does not begin as expected: see systemConfig in agent/package/tree.mjs',
    );
  return `# yaml-language-server: $schema=${HOME}/config/negawatt.schema.json
# negawatt: every key with its default. Edit this file, then: negawatt config check && systemctl restart negawatt
#
# A key can also be set in the environment (grid.zone: NEGAWATT_GRID_ZONE) and by a flag (--grid.zone).
# A flag wins over the environment, the environment over the file. \`negawatt config print\` shows what is in force.
# Passwords and keys are never in here, but in files of their own: chown root:negawatt, chmod 640.${text.slice(end)}`;
};

/** Paths of all files below a folder, relative to it, in a fixed order. */
export const filesBelow = (folder, prefix = '') =>
  readdirSync(join(folder, prefix), { withFileTypes: true })
    .flatMap((entry) => {
      const path = prefix === '' ? entry.name : `${prefix}/${entry.name}`;
      return entry.isDirectory() ? filesBelow(folder, path) : [path];
    })
    .sort();

const isProgram = (path) => path.startsWith('bin/') || path === 'install.sh';

/** The same rights whatever the checkout has. */
const setModes = (folder) => {
  for (const path of filesBelow(folder)) {
    chmodSync(join(folder, path), isProgram(path) ? 0o755 : 0o644);
    for (let at = dirname(path); at !== '.'; at = dirname(at)) chmodSync(join(folder, at), 0o755);
  }
  if (statSync(folder).isDirectory()) chmodSync(folder, 0o755);
};
