import { type HostJson, hostUse } from '../../../src/index.ts';
import { type Html, html } from '../html.ts';
import {
  type Choice,
  type Column,
  chosen,
  classOf,
  columnsOf,
  emptyRow,
  FIRST_ROWS,
  type WorkloadRow,
  workloadRow,
} from '../workloads-section.ts';

export interface Workloads {
  show(host: HostJson): void;
}

/** The table of workloads with a filter, sorting and power now. */
export const openWorkloads = (place: HTMLElement): Workloads => {
  place.innerHTML = html`
  <section class="card" id="workloads-card" aria-labelledby="workloads">
    <div class="bar-of-tools"><h2 id="workloads">Where the energy goes</h2>
      <div class="tools">
        <label>Filter <input type="search" id="filter" autocomplete="off" spellcheck="false"></label>
        <label>Class <select id="class"><option value="">all</option></select></label>
      </div></div>
    <p class="fine">Every joule is in exactly one row; \u201cdynamic\u201d is what use causes above the idle floor. Power is a mean
      between the last two looks, with a share of the idle floor where the policy gives one. <span id="count" role="status"></span></p>
    <table role="table" class="stack sorted" id="rows"><thead role="rowgroup"></thead><tbody role="rowgroup"></tbody></table>
    <div class="tools" id="pages" hidden><button type="button" id="previous">Previous</button>
      <span id="which"></span><button type="button" id="next">Next</button></div>
  </section>`.markup;
  const find = <E extends Element>(selector: string): E => place.querySelector(selector) as E;
  const [filter, classes] = [find<HTMLInputElement>('#filter'), find<HTMLSelectElement>('#class')];
  const [count, head, body] = [find('#count'), find('thead'), find('tbody')];
  const [previous, next] = [find<HTMLButtonElement>('#previous'), find<HTMLButtonElement>('#next')];
  let choice: Choice = { sortBy: 'watts', isDescending: true, filter: '', workloadClass: undefined };
  /** Pages keep a thousand rows smooth: a browser lays out a whole table anew for each change in it. */
  let at = 0;
  let before: HostJson | undefined;
  let use: ReturnType<typeof hostUse> | undefined;

  const rowsNow = (host: HostJson): readonly WorkloadRow[] => {
    const key = (row: { readonly workload: string; readonly kind: string; readonly class: string }): string =>
      `${row.workload}\n${row.kind}\n${row.class}`;
    const powers = new Map(
      use?.rows.map((row) => [
        key(row),
        row.dynamicWatts === undefined && row.staticShareWatts === undefined
          ? undefined
          : (row.dynamicWatts ?? 0) + (row.staticShareWatts ?? 0),
      ]),
    );
    return host.workloads.map((row) => ({ ...row, watts: powers.get(key(row)) }));
  };

  const draw = (): void => {
    const host = before;
    if (host === undefined) return;
    const columns = columnsOf(host, true);
    const everything = rowsNow(host);
    // Until two looks tell power, by what is known.
    const isPowerKnown = everything.some(({ watts }) => watts !== undefined);
    const rows = chosen(everything, columns, {
      ...choice,
      sortBy: choice.sortBy === 'watts' && !isPowerKnown ? 'dynamic' : choice.sortBy,
    });
    put(head, headOf(columns, choice));
    fillClasses(host);
    const pages = Math.max(1, Math.ceil(rows.length / FIRST_ROWS));
    at = Math.min(at, pages - 1);
    const shown = rows.slice(at * FIRST_ROWS, (at + 1) * FIRST_ROWS);
    const isFiltered = choice.filter !== '' || choice.workloadClass !== undefined;
    const text = isFiltered ? `${rows.length} of ${everything.length} rows fit.` : '';
    if (count.textContent !== text) count.textContent = text;
    find<HTMLElement>('#pages').hidden = pages === 1;
    find('#which').textContent =
      `Rows ${at * FIRST_ROWS + 1} to ${at * FIRST_ROWS + shown.length} of ${rows.length}`;
    // Not the attribute "disabled": that would take the focus away from who has just come to the end.
    previous.setAttribute('aria-disabled', String(at === 0));
    next.setAttribute('aria-disabled', String(at === pages - 1));
    put(
      body,
      shown.length === 0
        ? emptyRow(columns.length, everything.length === 0 ? undefined : 'No row fits.')
        : html`${shown.map((row) => workloadRow(row, columns))}`,
    );
  };

  const fillClasses = ({ workloads }: HostJson): void => {
    const names = [...new Set(workloads.map((row) => row.class))].sort();
    const label = classes.parentElement as HTMLElement;
    label.hidden = names.length < 2;
    put(
      classes,
      html`<option value="">all</option>${names.map((name) => html`<option value="=${name}">${name === '' ? '(none)' : name}</option>`)}`,
    );
    classes.value = choice.workloadClass === undefined ? '' : `=${choice.workloadClass}`;
  };

  filter.addEventListener('input', () => {
    choice = { ...choice, filter: filter.value };
    at = 0;
    draw();
  });
  classes.addEventListener('change', () => {
    choice = { ...choice, workloadClass: classes.value === '' ? undefined : classes.value.slice(1) };
    at = 0;
    draw();
  });
  previous.addEventListener('click', () => {
    at = Math.max(0, at - 1);
    draw();
  });
  next.addEventListener('click', () => {
    at += 1;
    draw();
  });
  head.addEventListener('click', ({ target }) => {
    const key = (target instanceof Element ? target.closest<HTMLElement>('[data-sort]') : null)?.dataset.sort;
    if (key === undefined) return;
    const sortBy = key as Column['key'];
    const isSame = sortBy === choice.sortBy;
    choice = { ...choice, sortBy, isDescending: isSame ? !choice.isDescending : sortBy !== 'name' };
    draw();
    find<HTMLElement>(`[data-sort="${key}"]`).focus();
  });
  return {
    show: (host) => {
      // The same tick again tells nothing; a restart of the agent begins anew.
      if (before?.tick === host.tick && before.agent.startedAt === host.agent.startedAt) return;
      const isNext = before !== undefined && before.agent.startedAt === host.agent.startedAt;
      use = isNext ? hostUse(before, host, use) : undefined;
      before = host;
      draw();
    },
  };
};

const headOf = (columns: readonly Column[], { sortBy, isDescending }: Choice): Html =>
  html`<tr role="row">${columns.map(
    ({ key, label, note }) =>
      html`<th role="columnheader" scope="col" class="${classOf(key)}" aria-sort="${key === sortBy ? (isDescending ? 'descending' : 'ascending') : 'none'}"><button type="button" data-sort="${key}">${label}</button>${note}</th>`,
  )}</tr>`;

const markups = new WeakMap<Element, string>();
/** Puts markup in place only where it is another one: what a person has selected or opened stays. */
export const put = (place: Element, { markup }: Html): void => {
  if (markups.get(place) === markup) return;
  markups.set(place, markup);
  const focused = place.contains(document.activeElement) ? document.activeElement : null;
  const key = focused instanceof HTMLElement ? focused.dataset.sort : undefined;
  const open = [...place.querySelectorAll('details[open]')].map(({ id }) => id);
  place.innerHTML = markup;
  for (const id of open) place.querySelector(`#${id}`)?.setAttribute('open', '');
  if (key !== undefined) place.querySelector<HTMLElement>(`[data-sort="${key}"]`)?.focus();
};
