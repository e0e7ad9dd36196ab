import type { MeasureStandingJson } from '../../src/index.ts';
import { reasonAndFix } from '../reason-and-fix.ts';
import type { ArmJson } from '../switchback-route.ts';
import { avoidedText } from './avoided.ts';
import { type Html, html } from './html.ts';

/** What a verdict is called here, and how it looks. */
export const VERDICT: Readonly<
  Record<NonNullable<MeasureStandingJson['verdict']>, readonly [string, string]>
> = {
  verified: ['saving verified', 'measured'],
  indicative: ['indicative', 'derived'],
  not_verified: ['saving not shown', 'estimated'],
  increase: ['used more', 'failing'],
  refused: ['cannot tell', ''],
};
const STATE: Readonly<Record<MeasureStandingJson['state'], string>> = {
  waiting: 'nothing to report yet',
  provisional: 'provisional: no report date has passed',
  final: 'as of its last report date',
  failed: 'the evaluation failed',
};

/** Measures with their standing, and the arm that an on/off test asks for now; without any, how to declare one. */
export const measuresSection = (
  measures: readonly MeasureStandingJson[],
  arms: readonly ArmJson[],
): Html => html`
  <section class="card wide" aria-labelledby="measures">
    <h2 id="measures">Measures</h2>
    ${measures.length + arms.length === 0 ? NONE : table(measures, arms)}
  </section>`;

const NONE = html`
    <p>No measure is declared. A measure is something that you change to save energy; declared before its start, with its
      plan, this agent can prove what it avoided.</p>
    <p class="fine">To declare one: <code>negawatt measure draft</code> writes a plan with defaults, <code>measures:</code> of the
      configuration takes it, <code>negawatt measure check</code> tells beforehand what it could show.</p>`;

const table = (measures: readonly MeasureStandingJson[], arms: readonly ArmJson[]): Html => {
  const known = new Set(measures.map(({ name }) => name));
  const alone = arms.filter(({ measure }) => !known.has(measure));
  return html`
    <table role="table" class="stack">
      <thead role="rowgroup"><tr role="row"><th role="columnheader" scope="col">Measure</th><th role="columnheader" scope="col">Standing</th><th role="columnheader" scope="col" class="number">Avoided energy</th><th role="columnheader" scope="col">Evidence, and what to do</th></tr></thead>
      <tbody role="rowgroup">
        ${measures.map((one) =>
          row(
            one,
            arms.find(({ measure }) => measure === one.name),
          ),
        )}
        ${alone.map(
          (arm) => html`
        <tr role="row"><th role="rowheader" scope="row"><span class="name">${arm.measure}</span>${armText(arm)}</th>
          <td role="cell" data-label="Standing">not evaluated here</td><td role="cell" class="number unknown" data-label="Avoided energy">\u2013</td><td role="cell"></td></tr>`,
        )}
      </tbody>
    </table>`;
};

const row = (one: MeasureStandingJson, arm: ArmJson | undefined): Html => {
  const { name, start, state, grade, verdict, remarks, problem, asOf } = one;
  const [word, look] = verdict === undefined ? [state, ''] : VERDICT[verdict];
  const todo = [
    ...(problem === undefined ? [] : [reasonAndFix(problem.reason, problem.fix)]),
    ...remarks.map(({ text, remedy }) => `${text} ${remedy}`.trim()),
  ];
  return html`
        <tr role="row">
          <th role="rowheader" scope="row"><span class="name">${name}</span><span class="fine">since ${start.slice(0, 16).replace('T', ' ')} UTC</span>${armText(arm)}</th>
          <td role="cell" data-label="Standing"><span class="pill ${look}">${word}</span>
            <span class="fine fix">${STATE[state]}${asOf === undefined ? '' : `, to ${asOf.slice(0, 10)}`}</span></td>
          <td role="cell" class="number" data-label="Avoided energy">${avoidedText(one) ?? '\u2013'}</td>
          <td role="cell">${grade === undefined ? undefined : html`<b>Grade ${grade}</b> `}${todo.slice(0, 3).map((text) => html`<span class="fix">${text}</span>`)}
            ${todo.length > 3 ? html`<span class="fine fix">and ${todo.length - 3} more: /api/v1/measures</span>` : undefined}</td>
        </tr>`;
};

const armText = (arm: ArmJson | undefined): Html | undefined =>
  arm === undefined
    ? undefined
    : html`<span class="fine">on/off test: now <b>${arm.arm}</b>${arm.changesAt === undefined ? '' : ` until ${arm.changesAt.slice(0, 16).replace('T', ' ')} UTC`}</span>`;
