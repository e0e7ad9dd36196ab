import type { HostJson } from '../../src/index.ts';
import { figure, memory, percent } from '../figures.ts';
import { type Html, html } from './html.ts';

type Gpu = NonNullable<HostJson['gpus']>[number];
type Instance = NonNullable<Gpu['instances']>[number];

/** The boards, each with the instances that it is divided into; nothing on a host without any. */
export const gpusSection = ({ gpus }: HostJson): Html | undefined => {
  if (gpus === undefined) return undefined;
  const head = ['Power', 'Busy', 'Memory', 'Temperature', 'Processes'].map(
    (name) => html`<th role="columnheader" scope="col" class="number">${name}</th>`,
  );
  return html`
  <section class="card wide" aria-labelledby="gpus">
    <h2 id="gpus">GPUs</h2>
    <p class="fine">Busy is the share of time in which anything ran, by the driver: no measure of power.</p>
    <table role="table" class="stack">
      <thead role="rowgroup"><tr role="row"><th role="columnheader" scope="col">Board</th>${head}</tr></thead>
      <tbody role="rowgroup">${gpus.map((gpu) => [boardRow(gpu), ...(gpu.instances ?? []).map(instanceRow)])}</tbody>
    </table>
  </section>`;
};

const cell = (label: string, value: string | Html): Html =>
  html`<td role="cell" class="number" data-label="${label}">${value}</td>`;

/** What is told of whole boards alone: a dash in a table, left out where cells are stacked. */
const ofBoard = (label: string): Html =>
  html`<td role="cell" class="number unknown" data-label="${label}">\u2013</td>`;

const boardRow = (gpu: Gpu): Html => {
  const { hwId, model, powerWatts, powerLimitWatts, utilization, temperatureCelsius, throttled } = gpu;
  const limit = powerLimitWatts === undefined ? '' : ` of ${figure(powerLimitWatts)}`;
  const held = throttled === undefined || throttled.length === 0 ? undefined : throttled.join(', ');
  return html`
      <tr role="row">
        <th role="rowheader" scope="row"><span class="name">${model ?? hwId}</span>
          ${model === undefined ? undefined : html`<span class="fine">${hwId}</span>`}
          ${held === undefined ? undefined : html`<span class="pill estimated held">clocks held down: ${held}</span>`}</th>
        ${cell('Power', powerWatts === undefined ? '\u2013' : `${figure(powerWatts)}${limit}\u00a0W`)}
        ${cell('Busy', utilization === undefined ? '\u2013' : percent(utilization))}
        ${cell('Memory', memoryOf(gpu))}
        ${cell('Temperature', temperatureCelsius === undefined ? '\u2013' : `${Math.round(temperatureCelsius)}\u00a0\u00b0C`)}
        ${cell('Processes', gpu.processes === undefined ? '\u2013' : String(gpu.processes))}
      </tr>`;
};

const instanceRow = (instance: Instance): Html => {
  const { id, profile, utilization } = instance;
  return html`
      <tr role="row" class="part">
        <th role="rowheader" scope="row"><span class="name">${profile}</span> <span class="fine">${id}</span></th>
        ${ofBoard('Power')}
        ${cell('Busy', utilization === undefined ? '\u2013' : percent(utilization))}
        ${cell('Memory', memoryOf(instance))}
        ${ofBoard('Temperature')}
        ${ofBoard('Processes')}
      </tr>`;
};

const memoryOf = ({
  memoryUsedBytes: used,
  memoryTotalBytes: total,
}: Pick<Gpu, 'memoryUsedBytes' | 'memoryTotalBytes'>): string => {
  if (used === undefined) return '\u2013';
  return total === undefined ? memory(used) : `${memory(used)} of ${memory(total)}`;
};
