/** Every parser of bytes that come from outside, but those of grid providers: test/src/grid has them. */
import type { Parser } from '../fuzz.ts';
import { fileParsers } from './files.ts';
import { historyParsers } from './history.ts';
import { hostParser } from './host.ts';
import { keptParsers } from './kept.ts';
import { kernelParsers } from './kernel.ts';
import { meterParsers } from './meters.ts';
import { nameParsers } from './names.ts';
import { httpParser, networkParsers } from './network.ts';
import { stateParser } from './state.ts';
import { storeParser } from './store.ts';

/** Hosts that have each kind of file between them. */
const HOSTS = ['twoSocketDram', 'hwmonOnly', 'cgroupHybrid', 'cray', 'amdGpuNode', 'intelGpuNode'] as const;

export const openParsers = async (): Promise<readonly Parser[]> => [
  ...kernelParsers(),
  ...(await Promise.all(HOSTS.map(hostParser))),
  ...meterParsers(),
  ...nameParsers(),
  ...(await fileParsers()),
  stateParser(),
  await storeParser(),
  ...(await keptParsers()),
  ...historyParsers(),
  ...networkParsers(),
  await httpParser(),
];
