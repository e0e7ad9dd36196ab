import { gauge, HOST, increase, KILOWATT_HOUR, rate, shortBoards } from '../kit/promql.ts';
import type { BoardSpec } from '../kit/spec.ts';

const NO_GPU = 'no GPU is read here: `negawatt doctor` says why';
const GPU = 'hw_type="gpu"';
const BUSY = 'negawatt_gpu_busy_seconds_total';
const ENERGY = 'hw_energy_joules_total';
const WORK = 'negawatt_work_total';
/** Power of all boards of each host, W. */
const BOARDS_POWER = `sum by (${HOST}) (${rate(ENERGY, GPU)})`;
/** From the best known floor on. */
const METHODS = ['configured', 'learnt', 'observed', 'curve'];
const floorOf = (floors: string): string => `max by (${HOST}, hw_id) (${floors})`;
/** Floor of each board, W; of one that is gone by now the best known that it had. Where the method is none, 0 is no floor. */
const FLOOR = `(${[
  gauge('negawatt_floor_watts', 'method!="none"'),
  ...METHODS.map(
    (method) => `last_over_time(${gauge('negawatt_floor_watts', `method="${method}"`)}[$__range])`,
  ),
]
  .map(floorOf)
  .join(' or ')})`;
/**
 * Seconds of the time shown in which each board was there: those of its host, in the share of scrapes that knew the board.
 * A host may have been there for a part of that time, and a board for a part of its host's.
 */
const BOARD_TIME = `(count_over_time(${gauge('hw_power_watts', GPU)}[$__range]) / on (${HOST}) group_left () sum by (${HOST}) (count_over_time(${gauge('negawatt_build_info')}[$__range])) * on (${HOST}) group_left () (${increase('negawatt_host_powered_on_seconds_total')} > 0))`;
/** Seconds in which nothing ran on a board; there is no such series of boards of which nobody tells when they are busy. */
const IDLE_TIME = `clamp_min(${BOARD_TIME} - on (${HOST}, hw_id) ${increase(BUSY)}, 0)`;

export const GPU_BOARD: BoardSpec = {
  uid: 'negawatt-gpu',
  title: 'negawatt / GPU',
  about: 'Power and use of boards, what they draw while nothing runs, and who shares them.',
  from: 'now-24h',
  choices: ['class'],
  rows: [
    {
      title: 'Boards',
      panels: [
        {
          title: 'Power now',
          use: 'All boards together; their hosts draw more beside it. Near the floors of all boards while jobs wait: look at Busy by board for those that nobody uses.',
          look: 'stat',
          unit: 'watt',
          width: 4,
          none: 'no GPU is read here',
          asks: [{ expr: `sum(${gauge('hw_power_watts', GPU)})`, legend: 'power' }],
        },
        {
          title: 'Boards',
          use: 'Boards that are metered. Fewer than are built in: one fell off the bus or is passed to a guest.',
          look: 'stat',
          unit: 'short',
          width: 4,
          none: 'no GPU is read here',
          asks: [{ expr: `count(${gauge('hw_power_watts', GPU)})`, legend: 'boards' }],
        },
        {
          title: 'Busy',
          use: 'Share of board time in which any kernel ran, of the time shown. It is time, not load: a busy board can still wait for memory.',
          look: 'stat',
          unit: 'percentunit',
          width: 4,
          decimals: 0,
          none: 'no GPU is read here',
          asks: [
            {
              expr: `sum(${increase(BUSY)}) / sum(${BOARD_TIME} and on (${HOST}, hw_id) ${increase(BUSY)})`,
              legend: 'busy',
            },
          ],
        },
        {
          title: 'Idle energy of the time shown',
          use: 'Floor of each board over the time in which it was there and nothing ran on it; boards of which no floor is known yet are not in it. Give such boards back to a pool, or let jobs share them.',
          look: 'stat',
          unit: 'kwatth',
          width: 6,
          none: 'no GPU, or no idle floor of one known',
          asks: [
            {
              expr: `sum(${IDLE_TIME} * on (${HOST}, hw_id) ${FLOOR}) / ${KILOWATT_HOUR}`,
              legend: 'idle energy',
            },
          ],
        },
        {
          title: 'Energy per busy GPU-hour',
          use: 'Energy of the boards over the hours in which they were busy, of the time shown. It falls when boards idle less: pack jobs on fewer of them. Busy is any kernel, not useful work: for that see the energy per unit of work below.',
          look: 'stat',
          unit: 'kwatth',
          width: 6,
          none: 'no GPU is read here',
          asks: [
            {
              expr: `(sum(${increase(ENERGY, '$__range', GPU)}) / ${KILOWATT_HOUR}) / (sum(${increase(BUSY)}) / 3600)`,
              legend: 'kWh per busy hour',
            },
          ],
        },
        {
          title: 'Power by board',
          use: 'A board at its floor for hours is paid for and not used; one at its limit may gain little from its last watts: try a lower power limit.',
          look: 'lines',
          unit: 'watt',
          width: 12,
          legend: 'right',
          min: 0,
          none: NO_GPU,
          asks: [{ expr: shortBoards(gauge('hw_power_watts', GPU)), legend: '{{instance}} {{short}}' }],
        },
        {
          title: 'Busy by board',
          use: 'Time with any kernel. Boards that are busy at different hours can be one board.',
          look: 'lines',
          unit: 'percentunit',
          width: 12,
          legend: 'right',
          min: 0,
          max: 1,
          none: NO_GPU,
          asks: [{ expr: shortBoards(`clamp_max(${rate(BUSY)}, 1)`), legend: '{{instance}} {{short}}' }],
        },
      ],
    },
    {
      title: 'Useful work',
      panels: [
        {
          title: 'GPU energy per unit of work',
          use: 'Energy of all boards of the hosts that count a unit, idle time included, over those units; the rest of the host is not in it. Work that needs no board is counted too, and a host that counts two units gives each all its energy. Each step of the axis is tenfold. It falls with load by itself: a saving is claimed only through a measure.',
          look: 'lines',
          unit: 'joule',
          width: 24,
          scale: 'log',
          interval: '1h',
          none: 'no host with a GPU counts work (negawatt_work_total)',
          asks: [
            {
              expr: `sum by (unit) (group by (${HOST}, unit) (${rate(WORK)}) * on (${HOST}) group_left () ${BOARDS_POWER}) / (sum by (unit) (${rate(WORK)} and on (${HOST}) ${BOARDS_POWER}) > 0)`,
              legend: '{{unit}}',
            },
          ],
        },
      ],
    },
    {
      title: 'Sharing',
      panels: [
        {
          title: 'GPU time by class',
          use: 'Boards in use, by class of the work. Compare it with what is reserved beside it.',
          look: 'stacked',
          unit: 'short',
          width: 12,
          min: 0,
          interval: '15m',
          points: 100,
          none: NO_GPU,
          asks: [
            {
              expr: `sum by (class) (${rate('negawatt_workload_gpu_seconds_total', 'class=~"$class"')})`,
              legend: '{{class}}',
            },
          ],
        },
        {
          title: 'Boards reserved, and boards in use',
          use: 'The gap is slack: boards that are kept and do not compute. Smaller requests or sharing (MIG, time slices) close it.',
          look: 'lines',
          unit: 'short',
          width: 12,
          min: 0,
          interval: '15m',
          points: 100,
          none: 'no orchestrator tells who reserved boards',
          asks: [
            { expr: `sum(${rate('negawatt_workload_reserved_gpu_seconds_total')})`, legend: 'reserved' },
            { expr: `sum(${rate('negawatt_workload_gpu_seconds_total')})`, legend: 'in use' },
          ],
        },
        {
          title: 'Device memory in use, mean of the time shown',
          use: 'By board, least used first. Low on many boards: their jobs fit together on fewer.',
          look: 'bars',
          unit: 'bytes',
          width: 24,
          none: NO_GPU,
          asks: [
            {
              expr: `sort(${shortBoards(`${increase('negawatt_gpu_memory_byte_seconds_total', '$__range', 'state="used"')} / on (${HOST}, hw_id) ${BOARD_TIME}`)})`,
              legend: '{{instance}} {{short}}',
            },
          ],
        },
        {
          title: 'Energy of divided boards by instance',
          use: 'Instances and what is not allocated, of the time shown. Allocated and idle, or never allocated: divide the board another way.',
          look: 'table',
          unit: 'short',
          width: 24,
          first: ['instance', 'hw_id', 'gpu_instance'],
          columns: { 'Energy, kWh': 'kwatth' },
          none: 'no board here is divided',
          asks: [
            {
              // To the watt-hour: what is left by rounding would read as femto-watt-hours.
              expr: `round(sum by (${HOST}, hw_id, gpu_instance, profile, part) (${increase('negawatt_gpu_instance_energy_joules_total')}) / ${KILOWATT_HOUR}, 0.001)`,
              legend: 'Energy, kWh',
              mayBeEmpty: 'where no board is divided',
            },
          ],
        },
      ],
    },
  ],
};
