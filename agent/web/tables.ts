import type { HostJson } from '../../src/index.ts';
import { cpuTime, duration, percent } from '../figures.ts';
import { type Html, html } from './html.ts';
import { stateText } from './words.ts';

type Source = HostJson['sources'][number];

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

const isBroken = ({ state }: Source): boolean => state === 'failing' || state === 'unreadable';

/** What is broken, at the top: at night nobody scrolls to the sources. Undefined where nothing is. */
export const faultsLine = ({ sources }: HostJson): Html | undefined => {
  const broken = sources.filter(isBroken);
  if (broken.length === 0) return undefined;
  const names = broken.map(({ name, state }) => `${name} (${stateText(state)})`).join(', ');
  return html`<p class="faults">${broken.length === 1 ? 'One source is' : `${broken.length} sources are`} not read: ${names}.
    <a href="#sources">Why, and what to do</a></p>`;
};

/**
 * What is read and what is not, with the next step. What this host does not have is folded away, but for what would
 * measure its power where no meter does.
 */
export const sourcesSection = ({ sources, host }: HostJson): Html => {
  const isMetered = host.quality !== undefined && host.quality !== 'estimated';
  const isFolded = ({ state, fix }: Source): boolean =>
    state === 'off' || (state === 'absent' && (isMetered || fix === ''));
  const folded = sources.filter(isFolded);
  return html`
  <section class="card wide" aria-labelledby="sources">
    <h2 id="sources">Sources</h2>
    ${sourceTable(sources.filter((one) => !isFolded(one)))}
    ${host.curve === undefined ? undefined : html`<p class="fine">Load curve of the host: ${host.curve.name}. ${host.curve.citation}</p>`}
    ${folded.length === 0 ? undefined : html`<details id="absent"><summary>${folded.length} more that are not here or switched off</summary>${sourceTable(folded)}</details>`}
  </section>`;
};

const sourceTable = (sources: readonly Source[]): Html => html`
    <table role="table" class="stack plain">
      <thead role="rowgroup"><tr role="row"><th role="columnheader" scope="col">Source</th><th role="columnheader" scope="col">State</th><th role="columnheader" scope="col">What was found, or why not</th></tr></thead>
      <tbody role="rowgroup">${sources.map(sourceRow)}</tbody>
    </table>`;

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
    host.cores === undefined ? undefined : `${host.cores} ${host.cores === 1 ? 'core' : 'cores'}`,
    host.memoryBytes === undefined ? undefined : `${Math.round(host.memoryBytes / 2 ** 30)} GiB`,
    host.hypervisor === undefined ? undefined : `virtual machine (${host.hypervisor})`,
  ]
    .filter((part) => part !== undefined)
    .join(' \u00b7 ');

export const intervalText = ({ intervalSeconds }: HostJson): string =>
  intervalSeconds > 0 ? `sampled every ${duration(intervalSeconds)}` : 'first sample';
