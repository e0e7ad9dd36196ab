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

/** Rows that are made at a time: a thousand at once would hold up the browser for longer than a person notices. */
const BLOCK = 100;

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
    <table role="table" class="stack sorted" id="rows"><thead role="rowgroup"></thead></table>
    <p><button type="button" id="all" hidden></button></p>
  </section>`.markup;
  const find = <E extends Element>(selector: string): E => place.querySelector(selector) as E;
  const table = find<HTMLTableElement>('#rows');
  const [filter, classes] = [find<HTMLInputElement>('#filter'), find<HTMLSelectElement>('#class')];
  const [all, count, head] = [find<HTMLButtonElement>('#all'), find('#count'), find('thead')];
  let choice: Choice = { sortBy: 'watts', isDescending: true, filter: '', workloadClass: undefined };
  let isAll = false;
  let before: HostJson | undefined;
  let use: ReturnType<typeof hostUse> | undefined;
  let round = 0;

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

  const draw = async (): Promise<void> => {
    const host = before;
    if (host === undefined) return;
    round += 1;
    const own = round;
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
    const shown = isAll ? rows : rows.slice(0, FIRST_ROWS);
    const isFiltered = choice.filter !== '' || choice.workloadClass !== undefined;
    const text = isFiltered ? `${rows.length} of ${everything.length} rows fit.` : '';
    if (count.textContent !== text) count.textContent = text;
    all.hidden = rows.length <= FIRST_ROWS;
    all.textContent = isAll ? `Show the first ${FIRST_ROWS}` : `Show all ${rows.length} rows`;
    const blocks = Math.max(1, Math.ceil(shown.length / BLOCK));
    for (let i = 0; i < blocks; i += 1) {
      const some = shown.slice(i * BLOCK, (i + 1) * BLOCK);
      put(
        bodyAt(i),
        some.length === 0
          ? emptyRow(columns.length, everything.length === 0 ? undefined : 'No row fits.')
          : html`${some.map((row) => workloadRow(row, columns))}`,
      );
      if (i + 1 < blocks) await new Promise((resolve) => requestAnimationFrame(resolve));
      // Somebody asked for something else meanwhile.
      if (own !== round) return;
    }
    for (const extra of [...table.tBodies].slice(blocks)) extra.remove();
  };

  const bodyAt = (i: number): HTMLElement => {
    const there = table.tBodies[i];
    if (there !== undefined) return there;
    const made = table.createTBody();
    made.setAttribute('role', 'rowgroup');
    return made;
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
    void draw();
  });
  classes.addEventListener('change', () => {
    choice = { ...choice, workloadClass: classes.value === '' ? undefined : classes.value.slice(1) };
    void draw();
  });
  all.addEventListener('click', () => {
    isAll = !isAll;
    void draw();
  });
  head.addEventListener('click', ({ target }) => {
    const key = (target instanceof Element ? target.closest<HTMLElement>('[data-sort]') : null)?.dataset.sort;
    if (key === undefined) return;
    const sortBy = key as Column['key'];
    const isSame = sortBy === choice.sortBy;
    choice = { ...choice, sortBy, isDescending: isSame ? !choice.isDescending : sortBy !== 'name' };
    void draw();
    find<HTMLElement>(`[data-sort="${key}"]`).focus();
  });
  return {
    show: (host) => {
      // The same tick again tells nothing; a restart of the agent begins anew.
      if (before?.tick === host.tick && before.agent.startedAt === host.agent.startedAt) return;
      const isNext = before !== undefined && before.agent.startedAt === host.agent.startedAt;
      use = isNext ? hostUse(before, host, use) : undefined;
      before = host;
      void draw();
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
  place.innerHTML = markup;
  if (key !== undefined) place.querySelector<HTMLElement>(`[data-sort="${key}"]`)?.focus();
};
