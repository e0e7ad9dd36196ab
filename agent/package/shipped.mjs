// Which packages an installed agent contains: all that it needs to run, by the lockfile, as far as they are for this
// platform and C library. `npm sbom --omit dev` leaves out those that a development tool needs too.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Name, version and folder of each, in order of name. Throws where one is not installed. */
export const shippedPackages = (root) => {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  const found = new Map();
  const visit = (from) => {
    const {
      dependencies = {},
      optionalDependencies = {},
      peerDependencies = {},
      peerDependenciesMeta = {},
    } = lock[from];
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies })) {
      const key = resolve(lock, from, name);
      const isOptional = name in optionalDependencies || peerDependenciesMeta[name]?.optional === true;
      if (key === undefined || !existsSync(join(root, key))) {
        if (isOptional) continue;
        throw new Error(`${name}, which ${from || 'the agent'} needs, is not installed: run npm ci`);
      }
      if (found.has(key) || !isForHere(key)) continue;
      found.set(key, { name, version: lock[key].version, folder: key });
      visit(key);
    }
  };
  visit('');
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
};

/** Where Node would find `name` from the folder `from`: in its own node_modules, else in those above it. */
const resolve = (lock, from, name) => {
  const parts =
    from === ''
      ? ['']
      : from.split('/node_modules/').map((_, i, all) => all.slice(0, all.length - i).join('/node_modules/'));
  return [...new Set([...parts, ''])]
    .map((folder) => (folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`))
    .find((key) => key in lock);
};

/** npm installs what fits system and processor, also where it is for another C library; Node's own builds are for glibc. */
const isForHere = (key) => !key.endsWith('-musl');
