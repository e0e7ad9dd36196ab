import { gauge, HOST, increase, rate } from '../kit/promql.ts';
import type { BoardSpec } from '../kit/spec.ts';

const WORKLOAD = 'negawatt_workload_energy_joules_total';

export const AGENTS: BoardSpec = {
  uid: 'negawatt-agents',
  title: 'negawatt / Agent health',
  about:
    'Whether the figures can be believed: agents, sources, meters, configuration, and what the agent itself costs.',
  from: 'now-24h',
  choices: [],
  rows: [
    {
      title: 'Agents',
      panels: [
        {
          title: 'Up and down',
          use: 'Targets that were scraped. For those that are down, `systemctl status negawatt` on the host; a host switched off on purpose belongs into the plan of its measure.',
          look: 'stat',
          unit: 'short',
          width: 4,
          thresholds: [{ from: null, color: 'text' }],
          asks: [
            { expr: `sum(${gauge('up')})`, legend: 'up' },
            { expr: `count(${gauge('up')}) - sum(${gauge('up')})`, legend: 'down' },
          ],
        },
        {
          title: 'Versions',
          use: 'By agent and method. Figures of two method versions are not compared: upgrade a pool as a whole, not in the middle of a measure.',
          look: 'table',
          unit: 'short',
          width: 6,
          height: 4,
          first: ['version'],
          asks: [
            {
              expr: `count by (version, method_version) (${gauge('negawatt_build_info')})`,
              legend: 'Agents',
            },
          ],
        },
        {
          title: 'Configuration refused',
          use: 'Agents that go on with an older configuration. `negawatt config check --config.file FILE` names file, line and key.',
          look: 'stat',
          unit: 'short',
          width: 5,
          thresholds: [
            { from: null, color: 'green' },
            { from: 1, color: 'red' },
          ],
          asks: [
            {
              expr: `count(${gauge('negawatt_config_last_reload_successful')}) - sum(${gauge('negawatt_config_last_reload_successful')})`,
              legend: 'refused',
            },
          ],
        },
        {
          title: 'State not kept',
          use: 'Agents whose counters would start anew. Most often a full disk, or a state directory that may not be written.',
          look: 'stat',
          unit: 'short',
          width: 4,
          thresholds: [
            { from: null, color: 'green' },
            { from: 1, color: 'red' },
          ],
          asks: [
            {
              expr: `count(${gauge('negawatt_state_last_save_successful')}) - sum(${gauge('negawatt_state_last_save_successful')})`,
              legend: 'not kept',
            },
          ],
        },
        {
          title: 'On an EXAMPLE ZONE',
          use: 'Their grams are not their own. Set grid.zone before anybody reports them.',
          look: 'stat',
          unit: 'short',
          width: 5,
          thresholds: [
            { from: null, color: 'green' },
            { from: 1, color: 'red' },
          ],
          asks: [{ expr: `sum(${gauge('negawatt_config_example')})`, legend: 'example' }],
        },
      ],
    },
    {
      title: 'Quality of data',
      panels: [
        {
          title: 'Sources by state',
          use: 'How many agents have each source in each state. Unreadable or failing: `negawatt doctor` there names the command that mends it.',
          look: 'table',
          unit: 'short',
          width: 12,
          height: 9,
          first: ['source', 'reason'],
          sort: 'reason',
          asks: [
            {
              expr: `count by (source, reason, quality) (${gauge('negawatt_source_info')})`,
              legend: 'Hosts',
            },
          ],
        },
        {
          title: 'Time without a meter, of the time shown',
          use: 'Share of watched time that no source gave a total for: missing, not zero. Above 0 on a host: a meter comes and goes.',
          look: 'bars',
          unit: 'percentunit',
          width: 12,
          height: 9,
          decimals: 1,
          none: 'no time without a meter is known',
          asks: [
            {
              mayBeEmpty: 'where every host had a meter all the time',
              expr: `topk(10, ${increase('negawatt_host_unmetered_seconds_total')} / ${increase('negawatt_host_powered_on_seconds_total')} > 0)`,
              legend: '{{instance}}',
            },
          ],
        },
        {
          title: 'Dynamic energy without a workload of its own, last 6 h',
          use: 'The row "other" over all dynamic energy, highest hosts. High: raise attribution.top, or let the agent read what names workloads.',
          look: 'bars',
          unit: 'percentunit',
          width: 12,
          height: 9,
          decimals: 0,
          min: 0,
          max: 1,
          asks: [
            {
              // Six hours, as its alert: jobs that come and go leave many series behind them over a week.
              expr: `topk(10, sum by (${HOST}) (${increase(WORKLOAD, '6h', 'part="dynamic",kind="other"')}) / (sum by (${HOST}) (${increase(WORKLOAD, '6h', 'part="dynamic"')}) > 0))`,
              legend: '{{instance}}',
            },
          ],
        },
        {
          title: 'Two meters against each other',
          use: 'Change of the ratio within the time shown, largest first. A change of a tenth is a meter that changed: no comparison holds over it.',
          look: 'table',
          unit: 'percentunit',
          width: 12,
          height: 9,
          decimals: 1,
          first: ['instance', 'meter', 'against'],
          none: 'no host has two meters to compare',
          asks: [
            {
              expr: `topk(10, max_over_time(${gauge('negawatt_meter_drift_ratio')}[$__range]) / min_over_time(${gauge('negawatt_meter_drift_ratio')}[$__range]) - 1)`,
              legend: 'Change',
            },
          ],
        },
        {
          title: 'Readings that were not ordinary, of the time shown',
          use: 'Wraps and gaps are handled; sentinels, implausible and frozen readings are a meter to look at.',
          look: 'bars',
          unit: 'short',
          width: 12,
          asks: [
            {
              expr: `sort_desc(sum by (event) (${increase('negawatt_meter_events_total')}))`,
              legend: '{{event}}',
            },
          ],
        },
        {
          title: 'Slowest sources',
          use: 'Time of the last read. A source that takes seconds delays nobody, but its figures are older: ask it less often.',
          look: 'bars',
          unit: 's',
          width: 12,
          asks: [
            {
              expr: `topk(10, max by (source) (${gauge('negawatt_source_duration_seconds')}))`,
              legend: '{{source}}',
            },
          ],
        },
      ],
    },
    {
      title: 'Cost of the agent itself',
      panels: [
        {
          title: 'Power of the agents',
          use: "Dynamic power of all agents together. It is in the hosts' totals; far above a watt a host: sample less often.",
          look: 'lines',
          unit: 'watt',
          width: 8,
          min: 0,
          asks: [{ expr: `sum(${rate('negawatt_self_energy_joules_total')})`, legend: 'agents' }],
        },
        {
          title: 'Processors of the agents',
          use: 'Processor seconds a second: median and highest. Above 0.01 of one: fewer series or a longer interval.',
          look: 'lines',
          unit: 'short',
          width: 8,
          min: 0,
          asks: [
            { expr: `quantile(0.5, ${rate('process_cpu_seconds_total')})`, legend: 'median' },
            { expr: `max(${rate('process_cpu_seconds_total')})`, legend: 'highest' },
          ],
        },
        {
          title: 'Memory of the agents',
          use: 'Resident memory: median and highest. A line that only grows is a fault: tell us.',
          look: 'lines',
          unit: 'bytes',
          width: 8,
          min: 0,
          asks: [
            { expr: `quantile(0.5, ${gauge('process_resident_memory_bytes')})`, legend: 'median' },
            { expr: `max(${gauge('process_resident_memory_bytes')})`, legend: 'highest' },
          ],
        },
      ],
    },
  ],
};
