import type { HostJson } from '../../src/index.ts';
import { cpuTime, duration, energy, mass, percent, together } from '../figures.ts';
import { type Html, html } from './html.ts';
import { rowText, stateText } from './words.ts';
import { workText } from './work-text.ts';

type Workload = HostJson['workloads'][number];
type Source = HostJson['sources'][number];

/** Where the energy goes: rows that partition the host's metered energy. */
export const workloadsSection = ({ workloads, emissions, example }: HostJson): Html => {
  const withGrams = emissions.location.available;
  const gas =
    example === undefined
      ? html`CO<sub>2</sub>e`
      : html`CO<sub>2</sub>e <span class="pill example">example</span>`;
  const withWork = workloads.some(({ energyPerWork }) => energyPerWork !== undefined);
  const rows = workloads.map((row) => workloadRow(row, withGrams, withWork));
  const empty = html`<tr role="row"><td role="cell" colspan="6">No row yet: the first one comes with the second sample.</td></tr>`;
  return html`
  <section class="card wide" aria-labelledby="workloads">
    <h2 id="workloads">Where the energy goes</h2>
    <p class="fine">Largest first. Every joule is in exactly one row; \u201cdynamic\u201d is what use causes above the idle floor.</p>
    <table role="table" class="stack">
      <thead role="rowgroup"><tr role="row">
        <th role="columnheader" scope="col">Workload</th><th role="columnheader" scope="col">Share of dynamic energy</th>
        <th role="columnheader" scope="col" class="number">Energy</th><th role="columnheader" scope="col" class="number">CPU time</th>
        ${withGrams ? html`<th role="columnheader" scope="col" class="number">${gas}</th>` : undefined}
        ${withWork ? html`<th role="columnheader" scope="col" class="number">Energy per unit of work</th>` : undefined}
      </tr></thead>
      <tbody role="rowgroup">${rows.length === 0 ? empty : rows}</tbody>
    </table>
  </section>`;
};

const workloadRow = (row: Workload, withGrams: boolean, withWork: boolean): Html => {
  const { name, kind, dynamicShare, energyKwh, cpuSeconds, grams, energyPerWork, settling } = row;
  // A new row stands at 0 in the metrics for a while: here that would be a figure.
  const note = settling ? 'new: its figures show in less than two minutes' : rowText(row);
  const reserved = kind === 'idle' || kind === 'other' || (kind === 'ended' && name === 'ended');
  return html`
      <tr role="row" class="${reserved ? 'reserved' : ''}">
        <th role="rowheader" scope="row"><span class="name">${reserved ? kind : name}</span>
          <span class="fine">${reserved ? note : `${kind}${note === undefined ? '' : ` \u00b7 ${note}`}`}</span></th>
        <td role="cell" data-label="Share of dynamic energy">${shareBar(dynamicShare)}</td>
        <td role="cell" class="number" data-label="Energy">${settling ? '\u2013' : together(energy(energyKwh))}</td>
        <td role="cell" class="number" data-label="CPU time">${settling || cpuSeconds === undefined ? '\u2013' : cpuTime(cpuSeconds)}</td>
        ${withGrams ? html`<td role="cell" class="number" data-label="CO2e">${settling || grams === undefined ? '\u2013' : together(mass(grams))}</td>` : undefined}
        ${withWork ? html`<td role="cell" class="number${energyPerWork === undefined ? ' unknown' : ''}" data-label="Energy per unit of work">${workText(energyPerWork)}</td>` : undefined}
      </tr>`;
};

const shareBar = (share: number | undefined): Html | string => {
  if (share === undefined || share === 0) return '\u2013';
  return html`<span class="share"><svg class="bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
          <rect class="track" width="100" height="6"/><rect class="dynamic" width="${(share * 100).toFixed(2)}" height="6"/>
        </svg><span>${percent(share)}</span></span>`;
};

/** Who used the processors lately, by process: CPU time alone, energy by process is opt-in. */
export const processesSection = ({ processes }: HostJson): Html | undefined => {
  if (processes === undefined || processes.largest.length === 0) return undefined;
  const rows = processes.largest.map(
    ({ pid, name, cpuSeconds }) => html`
      <tr role="row">
        <th role="rowheader" scope="row"><span class="name">${name}</span> <span class="fine">pid ${pid}</span></th>
        <td role="cell" class="number" data-label="CPU time">${cpuTime(cpuSeconds)}</td>
      </tr>`,
  );
  return html`
  <section class="card wide" aria-labelledby="processes">
    <h2 id="processes">Largest processes</h2>
    <p class="fine">CPU time in the last ${duration(processes.windowSeconds)}. Living processes account for
      ${percent(processes.seenRatio)} of the busy time; the rest ended meanwhile or was the kernel&rsquo;s.</p>
    <table role="table" class="stack">
      <thead role="rowgroup"><tr role="row">
        <th role="columnheader" scope="col">Process</th><th role="columnheader" scope="col" class="number">CPU time</th>
      </tr></thead>
      <tbody role="rowgroup">${rows}</tbody>
    </table>
  </section>`;
};

/** What is read and what is not, with the next step. */
export const sourcesSection = ({ sources }: HostJson): Html => html`
  <section class="card wide" aria-labelledby="sources">
    <h2 id="sources">Sources</h2>
    <table role="table" class="stack">
      <thead role="rowgroup"><tr role="row"><th role="columnheader" scope="col">Source</th><th role="columnheader" scope="col">State</th><th role="columnheader" scope="col">What was found, or why not</th></tr></thead>
      <tbody role="rowgroup">${sources.map(sourceRow)}</tbody>
    </table>
  </section>`;

const sourceRow = ({ name, state, why, fix, quality }: Source): Html => html`
      <tr role="row">
        <th role="rowheader" scope="row">${name}</th>
        <td role="cell"><span class="pill ${state}">${stateText(state)}</span></td>
        <td role="cell">${why}${quality === undefined || state !== 'up' ? undefined : html` <span class="fine">(${quality})</span>`}
          ${fix === '' || state === 'up' ? undefined : html`<span class="fix"><b>To do:</b> ${fix}</span>`}</td>
      </tr>`;

/** Versions and what the agent itself takes. */
export const agentText = ({ agent }: HostJson, version: string): string => {
  const own =
    agent.cpuSeconds === undefined ? '' : ` \u00b7 this agent used ${cpuTime(agent.cpuSeconds)} of CPU time`;
  const since = `started ${agent.startedAt.slice(0, 16).replace('T', ' ')} UTC`;
  return `negawatt ${version} \u00b7 method ${agent.methodVersion} \u00b7 ${since}${own}`;
};

export const hardwareText = ({ host }: HostJson): string =>
  [
    host.cpuModel,
    host.cores === undefined ? undefined : `${host.cores} cores`,
    host.memoryBytes === undefined ? undefined : `${Math.round(host.memoryBytes / 2 ** 30)} GiB`,
    host.hypervisor === undefined ? undefined : `virtual machine (${host.hypervisor})`,
  ]
    .filter((part) => part !== undefined)
    .join(' \u00b7 ');

export const intervalText = ({ intervalSeconds }: HostJson): string =>
  intervalSeconds > 0 ? `sampled every ${duration(intervalSeconds)}` : 'first sample';
