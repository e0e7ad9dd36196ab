import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openHistory } from '../../../src/history/index.ts';
import { historyOptions } from '../../../src/history/options.ts';
import { type HistoryChunk, HistoryError, type HistoryRequest } from '../../../src/model/history.ts';
import { type FilledEngine, prometheusStart } from '../../fixtures/history-engines.ts';

const start = prometheusStart();
const DAY = Date.UTC(2026, 0, 5) / 1000;
const HOURS = 4;

type At = (minute: number) => number | undefined;
interface Made {
  readonly name: string;
  readonly labels: string;
  readonly at: At;
}
const made = (name: string, labels: string, at: At): Made => ({ name, labels, at });
const rising =
  (perMinute: number, base = 0): At =>
  (minute) =>
    base + perMinute * minute;

const AMD_RANGE = 65_532.610987;
const gpu = 'DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION';
const SERIES: readonly Made[] = [
  // A board with two MIG instances, each with the figures of the whole board; 300 W.
  made(gpu, 'instance="gpu-1:9400",UUID="GPU-0",GPU_I_ID="1"', rising(18_000_000, 5e9)),
  made(gpu, 'instance="gpu-1:9400",UUID="GPU-0",GPU_I_ID="2"', rising(18_000_000, 5e9)),
  // A board whose pod changes after an hour and a half, and with one reading that means "blank"; 200 W.
  made(gpu, 'instance="gpu-1:9400",UUID="GPU-1",pod="a"', (minute) =>
    minute <= 90 ? (minute === 30 ? 2 ** 63 - 14 : 7e9 + 12_000_000 * minute) : undefined,
  ),
  made(gpu, 'instance="gpu-1:9400",UUID="GPU-1",pod="b"', (minute) =>
    minute > 90 ? 7e9 + 12_000_000 * minute : undefined,
  ),
  // A host one of whose boards falls off the bus for an hour.
  made(gpu, 'instance="gpu-2:9400",UUID="GPU-2"', rising(6_000_000)),
  made(gpu, 'instance="gpu-2:9400",UUID="GPU-3"', (minute) =>
    minute > 60 && minute < 121 ? undefined : 6_000_000 * minute,
  ),
  // Two packages of an EPYC whose registers wrap every few minutes, and the register of one again; 360 and 120 W.
  ...[
    ['0', 21_600],
    ['1', 7200],
  ].map(([index, joules]) =>
    made(
      'node_rapl_package_joules_total',
      `instance="amd:9100",index="${index}",path="/sys/class/powercap/intel-rapl:${index}"`,
      (minute) => (1000 + Number(joules) * minute) % AMD_RANGE,
    ),
  ),
  made(
    'node_rapl_package_joules_total',
    'instance="amd:9100",index="0",path="/sys/class/powercap/intel-rapl-mmio:0"',
    (minute) => (1000 + 21_600 * minute) % AMD_RANGE,
  ),
  // One whose register wraps a little less often than each five minutes: values that far apart only rise, by 2 kJ.
  made(
    'node_rapl_package_joules_total',
    'instance="amd-2:9100",index="0",path="/sys/class/powercap/intel-rapl:0"',
    (minute) => (1000 + ((AMD_RANGE + 2000) / 5) * minute) % AMD_RANGE,
  ),
  // A BMC: 250 W, silent for half an hour, then 12 W of a host that is off; once 0 W, which no host draws.
  made('ipmi_dcmi_power_consumption_watts', 'instance="[2001:db8::1]:9290"', (minute) => {
    if (minute > 60 && minute < 91) return undefined;
    if (minute > 120) return 12;
    return minute > 10 && minute <= 20 ? 0 : 250;
  }),
  made('ipmi_chassis_power_state', 'instance="[2001:db8::1]:9290"', (minute) => (minute > 120 ? 0 : 1)),
  // Zones that contain others beside those that are added up.
  ...[
    ['package', 60],
    ['dram', 20],
    ['core', 40],
    ['psys', 120],
  ].map(([zone, watts]) =>
    made(
      'kepler_node_cpu_joules_total',
      `instance="10.0.0.1:28282",node_name="k8s-1",zone="${zone}",path="/p/${zone}"`,
      rising(Number(watts) * 60, 77),
    ),
  ),
  ...['scaph_socket_energy_microjoules', 'scaph_host_energy_microjoules'].map((name) =>
    made(name, 'instance="scaph:8080",socket_id="0"', rising(50 * 60e6)),
  ),
  // A meter of the operator's own, in watt-hours; 90 W.
  made('pdu_outlet_wh', 'outlet="7",instance="rack-pdu:161",server="own-1",site="a"', rising(1.5)),
  made('pdu_outlet_wh', 'outlet="8",instance="rack-pdu:161",server="own-1",site="a"', rising(0.5)),
  made('pdu_outlet_wh', 'outlet="8",instance="rack-pdu:161",server="own-1",site="b"', rising(100)),
  // negawatt: two replicas, two sources of the total, work by workload.
  ...['0', '1'].flatMap((replica) => {
    const common = `instance="n-1:10202",prometheus_replica="prometheus-${replica}"`;
    const info = (labels: string, from: number, to: number): Made =>
      made('negawatt_host_energy_source_info', `${common},${labels}`, (minute) =>
        minute >= from && minute < to ? 1 : undefined,
      );
    return [
      made('hw_host_energy_joules_total', common, rising(6000, 10)),
      info('source="rapl",quality="derived",complete="false"', 0, 100),
      info('source="ipmi",quality="measured",complete="true"', 100, 999),
      made('negawatt_host_info', `${common},host_name="n-1",cpu_model="x",pool="web"`, () => 1),
      made('negawatt_work_total', `${common},workload="w1",unit="request"`, rising(2, 5)),
      made('negawatt_work_total', `${common},workload="w2",unit="request"`, rising(3)),
      made('negawatt_work_total', `${common},workload="w2",unit="token"`, rising(700)),
      made(
        'negawatt_workload_energy_joules_total',
        `${common},workload="w2",class="batch",kind="pod"`,
        rising(1),
      ),
    ];
  }),
];

const text = (): string => {
  const byName = new Map<string, string[]>();
  for (const { name, labels, at } of SERIES)
    for (let minute = 0; minute <= HOURS * 60; minute += 1) {
      const value = at(minute);
      if (value === undefined) continue;
      const lines = byName.get(name) ?? [];
      byName.set(name, lines);
      lines.push(`${name}{${labels}} ${value} ${DAY + minute * 60}`);
    }
  const families = [...byName].map(([name, lines]) => [`# TYPE ${name} unknown`, ...lines].join('\n'));
  return `${families.join('\n')}\n# EOF\n`;
};

describe.skipIf(start === undefined)('series of exporters that were there before', () => {
  let server: FilledEngine;
  beforeAll(async () => {
    server = await start!(text);
  }, 120_000);
  afterAll(() => server?.close());

  const open = (options: object) =>
    openHistory(historyOptions.parse({ prometheus: { url: server.url, ...options } }), {
      local: () => Promise.reject(new Error('no')),
      now: () => DAY + 5 * 86_400,
    });
  const read = async (
    options: object,
    hosts: readonly string[],
    work: HistoryRequest['work'] = [],
  ): Promise<HistoryChunk> => {
    const engine = await open(options);
    const window = { from: DAY, to: DAY + HOURS * 3600 };
    try {
      for await (const chunk of engine.read({ window, step: 3600, hosts, work, drivers: [], guards: [] }))
        return chunk;
      throw new Error('no chunk');
    } finally {
      await engine.close();
    }
  };
  const meanWatts = ({ energy, coverage }: HistoryChunk['hosts'][number]) =>
    [...energy].map((joules, at) => joules / (coverage[at]! * 3600));

  it('of DCGM count a divided board once, follow a board from pod to pod and pass over blanks', async () => {
    const [host] = (await read({ preset: 'dcgm' }, ['gpu-1'])).hosts;
    expect(meanWatts(host!).map((watts) => Math.round(watts * 1e6) / 1e6)).toEqual([500, 500, 500, 500]);
    expect([...host!.coverage].map((share) => Math.round(share * 60))).toEqual([60, 59, 60, 60]);
    expect(host).toMatchObject({ quality: 'measured', meter: 'dcgm-gpu' });
  });

  it('of a host that lacks a board for an hour say nothing of that hour, not that it drew less', async () => {
    const [host] = (await read({ preset: 'dcgm' }, ['gpu-2'])).hosts;
    expect([...host!.energy]).toEqual([720_000, Number.NaN, expect.closeTo(708_000, 6), 720_000]);
    expect([...host!.coverage].map((share) => Math.round(share * 60))).toEqual([60, 0, 59, 60]);
  });

  it('of node_exporter neither lose nor invent a joule where registers wrap, and count no register twice', async () => {
    const [host] = (await read({ preset: 'node_exporter' }, ['amd'])).hosts;
    for (const watts of meanWatts(host!)) expect(watts).toBeCloseTo(480, 6);
    // 21,600 J a minute wrap a register of 65,533 J each third minute.
    for (const share of host!.coverage) expect(share).toBeCloseTo(2 / 3, 1);
    expect(host).toMatchObject({ quality: 'derived', meter: 'node_exporter-rapl' });
  });

  it('of node_exporter are right where a register wraps between two looks that show no fall', async () => {
    const [host] = (await read({ preset: 'node_exporter' }, ['amd-2'])).hosts;
    for (const watts of meanWatts(host!)) expect(watts).toBeCloseTo((AMD_RANGE + 2000) / 300, 6);
    for (const share of host!.coverage) expect(share).toBeLessThan(0.85);
  });

  it('of a BMC are means of power where it answers; 0 W is no reading; off is told by the chassis', async () => {
    const [host] = (await read({ preset: 'ipmi' }, ['2001:db8::1'])).hosts;
    expect([...host!.coverage].map((share) => Math.round(share * 100))).toEqual([83, 50, 100, 100]);
    expect(meanWatts(host!).map(Math.round)).toEqual([250, 250, 12, 12]);
    expect(host!.poweredOn[0]).toBe(3600);
    expect(host!.poweredOn[3]).toBe(0);
    expect(host).toMatchObject({ quality: 'derived', meter: 'ipmi-dcmi' });
  });

  it('of Kepler are packages and memory, not what contains them or is inside', async () => {
    const [host] = (await read({ preset: 'kepler' }, ['k8s-1'])).hosts;
    expect([...host!.energy]).toEqual([288_000, 288_000, 288_000, 288_000]);
  });

  it('of Scaphandre are the registers, not their sum', async () => {
    const [host] = (await read({ preset: 'scaphandre' }, ['scaph'])).hosts;
    for (const watts of meanWatts(host!)) expect(watts).toBeCloseTo(50, 6);
  });

  it('of a meter of its own are read as the operator says', async () => {
    const queries = {
      ...{ counter: 'pdu_outlet_wh', matchers: { site: 'a' }, per_unit: 3600, parts: ['outlet'] },
      ...{ quality: 'measured', meter: 'pdu' },
    };
    const [host] = (await read({ preset: 'custom', host_label: 'server', queries }, ['own-1'])).hosts;
    for (const watts of meanWatts(host!)) expect(watts).toBeCloseTo(120, 6);
    expect(host).toMatchObject({ quality: 'measured', meter: 'pdu' });
  });

  it('that two replicas wrote are refused by the label that differs, and counted once where it is named', async () => {
    const refused = await read({}, ['n-1']).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(HistoryError);
    expect((refused as HistoryError).message).toMatch(
      /two series of host n-1 at one time, which differ by prometheus_replica \(prometheus-0 and prometheus-1\)/,
    );
    expect((refused as HistoryError).fix).toMatch(/replica_label \(prometheus_replica\)/);
    const [host] = (await read({ replica_label: 'prometheus_replica' }, ['n-1'])).hosts;
    expect([...host!.energy]).toEqual([360_000, 360_000, 360_000, 360_000]);
  });

  it('of negawatt say what counted the energy, the least sure of it, and all that did within the day', async () => {
    const [host] = (await read({ replica_label: 'prometheus_replica' }, ['n-1'])).hosts;
    expect(host).toMatchObject({ quality: 'derived', meter: 'ipmi+rapl(incomplete)' });
    expect(host?.inventory).toMatch(/^[0-9a-f]{16}$/);
  });

  it('of negawatt count work by unit, and of one class alone', async () => {
    const { hosts, work } = await read(
      { replica_label: 'prometheus_replica' },
      ['n-1'],
      [
        ...[{ unit: 'request' }, { unit: 'token' }, { unit: 'request', workloadClass: 'batch' }],
        ...[
          { unit: 'request', workloadClass: 'none' },
          {
            unit: 'asked',
            query: 'sum(increase(negawatt_work_total{workload="w1",prometheus_replica="prometheus-0"}[1h]))',
          },
        ],
      ],
    );
    const each = [300, 42_000, 180, Number.NaN, 120];
    for (const [at, amount] of each.entries()) {
      expect([...work[at]!].map((value) => Math.round(value * 1e6) / 1e6)).toEqual(Array(HOURS).fill(amount));
      expect(hosts[0]!.work[at]![0]).toEqual(at === 4 ? Number.NaN : amount);
    }
  });

  it('name hosts by the labels of their configuration, too', async () => {
    const engine = await open({ replica_label: 'prometheus_replica' });
    const window = { from: DAY, to: DAY + 3600 };
    expect((await engine.list({ match: { pool: 'web' } }, window)).map(({ host }) => host)).toEqual(['n-1']);
    expect(await engine.list({ match: { pool: 'db' } }, window)).toEqual([]);
    await engine.close();
  });

  it('count no work where their exporter counts none: the plan must say how', async () => {
    await expect(read({ preset: 'kepler' }, ['k8s-1'], [{ unit: 'request' }])).rejects.toThrow(
      /count no work in request/,
    );
  });
});
