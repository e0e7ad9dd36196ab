import { exampleNotice } from '../carbon/example.ts';
import { type Key, keyTree } from './keys.ts';
import type { LoadedConfig, Setting } from './load.ts';
import { exampleOf } from './meaning.ts';
import { inline } from './text.ts';

type Loaded = Extract<LoadedConfig, { ok: true }>;

const originOf = ({ origin: { from, where } }: Setting): string => (where === '' ? from : `${from} ${where}`);

/**
 * The configuration in force as YAML, with who set each key beside it. It can be read back as a file. Keys that are
 * not set are left out.
 */
/** The same for programs: what is in force, key by key. */
export const configJson = ({ config, settings, sha256 }: Loaded): string => {
  const example = exampleOf(config);
  const inForce = settings.flatMap((setting) =>
    setting.value === undefined
      ? []
      : [{ key: setting.name, value: setting.value, setBy: originOf(setting) }],
  );
  return `${JSON.stringify({ sha256, ...(example === undefined ? {} : { example }), settings: inForce }, null, 2)}\n`;
};

export const printConfig = ({ config, settings, sha256 }: Loaded): string => {
  const byName = new Map(settings.map((setting) => [setting.name, setting]));
  const lines = (key: Key): readonly string[] => {
    const indent = '  '.repeat(key.path.length - 1);
    const name = `${indent}${key.path.at(-1)}:`;
    if (key.children.length > 0) {
      const inside = key.children.flatMap(lines);
      return inside.length === 0 ? [] : [name, ...inside];
    }
    const setting = byName.get(key.name);
    if (setting?.value === undefined) return [];
    return [`${`${name} ${inline(setting.value)}`.padEnd(40)}  # ${originOf(setting)}`];
  };
  const example = exampleOf(config);
  const head = [`# sha256 ${sha256}`, ...(example === undefined ? [] : [`# ${exampleNotice(example)}`])];
  return [...head, ...keyTree().children.flatMap(lines), ''].join('\n');
};
