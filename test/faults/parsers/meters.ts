/** What meters and drivers answer. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { GUEST_FILES, GUEST_FORMAT } from '../../../src/model/guest-feed.ts';
import { systemClock } from '../../../src/sources/clock.ts';
import { readCurveFile } from '../../../src/sources/curve-file.ts';
import { customValue } from '../../../src/sources/custom-value.ts';
import { readGuestFolder } from '../../../src/sources/guest-read.ts';
import { IPMI_TOOLS, readAnswer } from '../../../src/sources/ipmi-tools.ts';
import type { Nvml } from '../../../src/sources/nvml-library.ts';
import { NvmlSession } from '../../../src/sources/nvml-session.ts';
import { readCredentials } from '../../../src/sources/redfish-credentials.ts';
import { findHost } from '../../../src/sources/redfish-find.ts';
import { readPower } from '../../../src/sources/redfish-read.ts';
import { metricsOf, newerTree, olderTree } from '../../fixtures/fake-bmc.ts';
import { numbers } from '../../fixtures/numbers.ts';
import type { Parser } from '../fuzz.ts';
import { declaredBySource } from './kernel.ts';

const IPMITOOL =
  '\n    Instantaneous power reading:                   220 Watts\n    Minimum during sampling period:                  8 Watts\n    Power reading state is:                   activated\n\n';
const FREEIPMI =
  'Current Power                        : 164 Watts\nPower Measurement                    : Active\n';

const ipmi = (): Parser => ({
  name: 'IPMI programs',
  corpus: [
    IPMITOOL,
    FREEIPMI,
    'ipmiutil dcmi ver 3.1\n  Current Power:    226 Watts\n  Power reading state is:  Active\n',
    'Could not open device at /dev/ipmi0: Permission denied',
  ],
  read: (input) => {
    const text = input.toString();
    const half = text.length >> 1;
    return IPMI_TOOLS.flatMap((tool) => [
      readAnswer(tool, text, ''),
      readAnswer(tool, '', text),
      readAnswer(tool, text.slice(0, half), text.slice(half)),
    ]);
  },
});

/** All resources of a BMC as one text; damaged, each of them is what the text then says. */
const redfish = (): Parser => ({
  name: 'Redfish resources',
  corpus: [
    JSON.stringify(newerTree([metricsOf(300, 280), metricsOf(200, null)], { PowerWatts: { Reading: 350 } })),
    JSON.stringify(olderTree()),
  ],
  cost: 3,
  read: async (input) => {
    let tree: Record<string, unknown>;
    try {
      tree = Object(JSON.parse(input.toString()));
    } catch {
      // That the text is JSON is looked at before, with the same words for all.
      return undefined;
    }
    const find = async (link: string): Promise<unknown> =>
      Object.hasOwn(tree, link) ? tree[link] : undefined;
    const client = { get: find, find, close: () => {} };
    const { signal } = new AbortController();
    const host = await findHost(client, {}, '/nowhere', signal);
    if (!host.found) return host;
    return readPower(client, host.value, systemClock, new Set(), signal);
  },
  declares: declaredBySource,
});

/**
 * A driver that writes whatever it likes into what it is given, and says that all is well three times of four. The input
 * is what it writes, over and over.
 */
const nvml = (): Parser => {
  let input: Buffer = Buffer.alloc(1);
  let pick = numbers(1);
  const write = (out: unknown): void => {
    if (typeof out !== 'object' || out === null || !ArrayBuffer.isView(out)) return;
    const bytes = new Uint8Array(out.buffer, out.byteOffset, out.byteLength);
    // A count is small most of the time: else each of 64 boards has the most processes that there is room for.
    if (out instanceof Uint32Array && out.length === 1 && pick(64) !== 0) {
      out[0] = pick(4);
      return;
    }
    const from = pick(input.length + 1);
    // Not always all of it: what the caller left in stays.
    const length = pick(3) === 0 ? pick(bytes.length + 1) : bytes.length;
    for (let at = 0; at < length; at += 1) bytes[at] = input[(from + at) % input.length] ?? 0;
  };
  const api = new Proxy({} as Nvml, {
    get: (_, name) =>
      name === 'then'
        ? undefined
        : (...parameters: readonly unknown[]) => {
            for (const parameter of parameters) write(parameter);
            if (name === 'init' || name === 'shutdown') return 0;
            return pick(4) === 0 ? pick(30) : 0;
          },
  });
  return {
    name: 'structures of NVML',
    corpus: [
      Buffer.alloc(64),
      Buffer.alloc(64, 0xff),
      'GPU-00000000-0000-4000-8000-000000000000\0NVIDIA H100 80GB HBM3\0',
      Buffer.from(Uint32Array.from([1, 0, 2, 0, 3, 0, 1000, 0, 4, 5, 6, 7]).buffer),
      Buffer.from(BigUint64Array.from([1n, 2n, 2n ** 36n, 2n ** 40n, 350_000n]).buffer),
    ],
    cost: 40,
    read: (bytes) => {
      input = bytes.length === 0 ? Buffer.alloc(1) : bytes.subarray(0, 4096);
      pick = numbers(input.length * 131 + (input[0] ?? 0) + 1);
      const session = new NvmlSession(api, {
        library: '',
        interval: 1,
        procfs: '/nowhere',
        hierarchy: 'auto',
      });
      const said = [session.round(), session.round(), session.round()];
      session.close();
      // What is handed over goes through a port.
      structuredClone(said);
      return said;
    },
  };
};

const custom = (): Parser => ({
  name: 'answers of own meters',
  corpus: [
    '350.5\n',
    '{"data":[{"watts":"350","time":"2026-11-26T10:00:00Z"}]}',
    '{"data":[{"watts":1e3,"time":1795600000}]}',
  ],
  read: (input) => {
    const text = input.toString();
    const attempt = (path?: string, timestampPath?: string): unknown => {
      try {
        return customValue({ text }, { what: 'pdu', unit: 'W', path, timestampPath });
      } catch (error) {
        if (declaredBySource(error)) return undefined;
        throw error;
      }
    };
    return [
      attempt(),
      attempt('data.0.watts'),
      attempt('data.0.watts', 'data.0.time'),
      attempt('__proto__.x'),
    ];
  },
});

const inFolder = (prefix: string): { readonly path: string; readonly close: () => void } => {
  const path = mkdtempSync(join(tmpdir(), prefix));
  return { path, close: () => rmSync(path, { recursive: true, force: true }) };
};

const guest = (): Parser => {
  const { path, close } = inFolder('negawatt-fuzz-guest-');
  const source = { format: GUEST_FORMAT, host: 'h1', quality: 'derived', source: 'rapl', interval: 5 };
  const files = [GUEST_FILES.updated, GUEST_FILES.energy, GUEST_FILES.range, GUEST_FILES.source];
  mkdirSync(join(path, dirname(GUEST_FILES.energy)), { recursive: true });
  return {
    name: "a host's folder of a guest",
    corpus: [['1795600000', '123456789', '262143328850', JSON.stringify(source)].join('\n%\n')],
    cost: 12,
    read: (input) => {
      const parts = input.toString('latin1').split('\n%\n');
      for (const [i, file] of files.entries()) writeFileSync(join(path, file), parts[i] ?? '', 'latin1');
      return readGuestFolder(path);
    },
    declares: declaredBySource,
    close,
  };
};

const CURVE = `format: negawatt-hardware-1
name: measured
host: h1
cpu_model: Xeon
threads: 8
meter: pdu
covers: wall
date: 2026-05-31T10:00:00Z
points:
  - {load: 0, watts: 50}
  - {load: 0.5, watts: 90, extrapolated: true}
  - {load: 1, watts: 120}
error_band: 0.05
error_band_quantile: 0.95
r_squared: 0.99
pairs: 100
measured_from: 0
measured_to: 1
burner: stress-ng
step_seconds: 60
method: steps
negawatt: 0.1.0
`;

const curve = (): Parser => {
  const { path, close } = inFolder('negawatt-fuzz-curve-');
  const file = join(path, 'curve.yaml');
  return {
    name: 'a load curve',
    corpus: [CURVE],
    cost: 40,
    read: (input) => {
      writeFileSync(file, input);
      return readCurveFile(file);
    },
    close,
  };
};

const credentials = (): Parser => {
  const { path, close } = inFolder('negawatt-fuzz-credentials-');
  const file = join(path, 'credentials');
  return {
    name: 'credentials of a BMC',
    corpus: ['monitor:secret\n'],
    cost: 8,
    read: (input) => {
      writeFileSync(file, input, { mode: 0o600 });
      return readCredentials(file);
    },
    close,
  };
};

export const meterParsers = (): readonly Parser[] => [
  ipmi(),
  redfish(),
  nvml(),
  custom(),
  guest(),
  curve(),
  credentials(),
];
