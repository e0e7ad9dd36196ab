import { exampleNotice, type IntervalReport, type Snapshot, toYears } from '../src/index.ts';
import { perPiece } from './figures.ts';
import { printable, table } from './table.ts';

const MOST_ROWS = 25;

const number = (value: number, digits: number): string => value.toFixed(digits);

/** One interval for a person at a terminal. */
export const onceText = (
  report: IntervalReport,
  { view, setting }: Snapshot,
  example: string | undefined,
): string => {
  const { metered, carbon } = view;
  const { source, quality, complete } = metered.state.host;
  const lines: string[] = [];
  if (example !== undefined) lines.push(exampleNotice(example), '');
  lines.push(`${setting.inventory.hostName}, ${number(report.seconds, 1)} s`);
  if (report.hostWatts === undefined || report.hostJoules === undefined) {
    lines.push('  power    no source gives the energy of this host; `negawatt doctor` says why');
  } else {
    const model = metered.placed.find(({ role }) => role === 'model')?.meter;
    const band =
      source === 'model' && model?.reads.as === 'curve'
        ? `, +-${Math.round(model.reads.curve.errorBand * 100)} % (${model.reads.curve.calibrated === true ? 'calibrated' : 'assumption'})`
        : '';
    const partly = complete === true ? '' : ', without board and supply';
    lines.push(`  power    ${number(report.hostWatts, 1)} W (${quality}, from ${source}${band}${partly})`);
    lines.push(
      `  energy   ${number(report.hostJoules, 1)} J: idle floor ${number(report.staticJoules ?? 0, 1)} J, dynamic ${number(report.dynamicJoules ?? 0, 1)} J`,
    );
  }
  if (report.busyRatio !== undefined)
    lines.push(`  busy     ${number(report.busyRatio * 100, 1)} % of all processors`);
  if (report.grams !== undefined && carbon.location !== undefined) {
    const pue = carbon.pue === undefined ? 'no PUE set' : `PUE ${carbon.pue}`;
    lines.push(
      `  ${carbon.location.row.gases.padEnd(8)} ${report.grams.toPrecision(4)} g (location-based, ${carbon.location.id}, ${pue})`,
    );
  }
  lines.push(...embodiedLines(report, view), ...workLines(report), ...scoreLines(report));
  for (const { reason, fix } of carbon.problems) lines.push(`  CO2e     ${reason}`, `           ${fix}`);
  const rows = report.workloads.slice(0, MOST_ROWS);
  lines.push(
    '',
    table(
      ['WORKLOAD', 'KIND', 'CPU s', 'DYNAMIC J', 'IDLE SHARE J'],
      rows.map((row) => [
        printable(row.name).slice(0, 60),
        row.kind,
        number(row.cpuSeconds, 2),
        number(row.dynamicJoules, 2),
        number(row.staticShareJoules, 2),
      ]),
    ).trimEnd(),
  );
  const left = report.workloads.length - rows.length;
  if (left > 0) lines.push(`... and ${left} more (--json shows all)`);
  return `${lines.join('\n')}\n`;
};

/** Beside Scope 2: the hardware, by which figure and over how long. */
const embodiedLines = (
  { embodiedGrams }: IntervalReport,
  { embodied }: Snapshot['view'],
): readonly string[] => {
  const host = embodied?.items.find(({ part }) => part === 'host');
  if (embodied === undefined || host === undefined || embodiedGrams === undefined) return [];
  const gpus = embodied.items.some(({ part }) => part === 'gpu') ? ' with its GPUs' : '';
  const years = toYears(embodied.lifetime);
  return [
    `  embodied ${embodiedGrams.toPrecision(4)} g CO2e (hardware${gpus} over ${years} y; ${host.method}, ${host.quality})`,
  ];
};

/** Scores of the interval, or why one that work is counted for has none. */
const scoreLines = ({ sci = [], work = [], workloads }: IntervalReport): readonly string[] => {
  if (work.length === 0) return [];
  const all = [
    ...(work.some(({ workload }) => workload === 'host')
      ? sci.map((score) => ({ name: 'host', score }))
      : []),
    ...workloads.flatMap(({ name, sci: own = [] }) => own.map((score) => ({ name, score }))),
  ];
  return all.map(({ name, score }) =>
    score.available
      ? `  SCI      ${score.gramsPerUnit.toPrecision(4)} g per ${score.unit} (${printable(name)}; ${score.intensity.kind}, ${score.lifetimeYears} y, ${score.boundary})`
      : `  SCI      none per ${score.unit ?? 'unit'} (${printable(name)}): ${score.reason}${score.fix === '' ? '' : `; ${score.fix}`}`,
  );
};

/** Work of the interval, each line with the energy of one unit where it is known. */
const workLines = ({ work = [], energyPerWork, workloads }: IntervalReport): readonly string[] =>
  work.map(({ workload, unit, done }) => {
    const row = workloads.find((one) => one.workload === workload && one.energyPerWork !== undefined);
    const figures = workload === 'host' ? energyPerWork : row?.energyPerWork;
    const figure = figures?.find((one) => one.unit === unit);
    const { value, unit: size } = perPiece(figure?.joulesPerUnit ?? 0);
    const each = figure === undefined ? '' : `, ${value} ${size} each`;
    return `  work     ${number(done, done % 1 === 0 ? 0 : 1)} ${unit} (${printable(row?.name ?? workload)})${each}`;
  });
