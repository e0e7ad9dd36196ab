/** Whole hosts of which files are damaged: whatever sysfs and procfs hold, a tick is booked and its laws hold. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig } from '../../../src/config/index.ts';
import { createSampler, createSources, quickInventory } from '../../../src/sources/index.ts';
import { fakeClock } from '../../fixtures/fake-host.ts';
import { HOSTS } from '../../fixtures/hosts.ts';
import { numbers } from '../../fixtures/numbers.ts';
import { runEngine } from '../../fixtures/run-engine.ts';
import type { Parser } from '../fuzz.ts';
import { damaged } from '../mutate.ts';

const filesBelow = (root: string, folder = ''): readonly string[] =>
  readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(root, path) : entry.isFile() ? [path] : [];
  });

/** The input is the seed of which files are damaged and how. */
export const hostParser = async (name: keyof typeof HOSTS): Promise<Parser> => {
  const host = HOSTS[name]();
  const loaded = await loadConfig({ env: {}, flags: {} });
  if (!loaded.ok) throw new Error('the defaults are not usable');
  const files = filesBelow(host.root);
  const good = new Map(files.map((file) => [file, readFileSync(join(host.root, file))]));
  const corpus = [...good.values()];
  let seed = 1;
  return {
    name: `files of the host ${name}`,
    corpus: ['seed'],
    cost: 100,
    read: async () => {
      seed += 7919;
      const pick = numbers(seed);
      const touched = Array.from({ length: 1 + pick(3) }, () => files[pick(files.length)] ?? '');
      const damage = (): void => {
        for (const file of touched)
          writeFileSync(join(host.root, file), damaged([good.get(file) ?? Buffer.alloc(0), ...corpus], pick));
      };
      const mend = (): void => {
        for (const file of touched) writeFileSync(join(host.root, file), good.get(file) ?? '');
      };
      // Either found so, or so from the second tick on.
      const fromStart = pick(2) === 0;
      if (fromStart) damage();
      const clock = fakeClock();
      const sampler = await createSampler({
        sources: createSources(loaded.config.sources, quickInventory(host.paths)),
        paths: host.paths,
        clock,
        disabled: ['ipmi', 'nvml', 'redfish', 'custom', 'guest'],
      });
      try {
        const run = runEngine();
        for (let tick = 0; tick < 4; tick += 1) {
          if (tick === 1 && !fromStart) damage();
          if (tick === 3) mend();
          run.step(sampler.sample());
          clock.advance(5);
        }
        return touched;
      } finally {
        sampler.close();
        mend();
      }
    },
    close: () => host.dispose(),
  };
};
