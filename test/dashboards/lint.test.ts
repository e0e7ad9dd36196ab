import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { describe, expect, it } from 'vitest';
import { BOARDS } from '../../dashboards/boards/index.ts';
import { boardOf } from '../../dashboards/kit/board.ts';
import type { PanelSpec } from '../../dashboards/kit/spec.ts';
import { lint } from '../../dashboards/lint.ts';
import { outputs } from '../../dashboards/outputs.ts';

const [first] = BOARDS;
const asksOf = ({ asks }: PanelSpec): string => asks.map(({ expr }) => expr).join('\n');

// The parts of a dashboard that a test spoils; Grafana's own types are unions that would need narrowing at each step.
interface Loose {
  editable: boolean;
  templating: { list: Record<string, unknown>[] };
  panels: {
    type: string;
    title: string;
    description: string;
    datasource: { uid: string };
    targets: { expr: string; datasource: { uid: string } }[];
    fieldConfig: { defaults: { unit: string } };
  }[];
}

const fresh = (): Loose => JSON.parse(JSON.stringify(boardOf(first!))) as Loose;
const rulesOf = (board: Loose): readonly string[] => [
  ...new Set(lint(board as unknown as Dashboard).map(({ rule }) => rule)),
];
const panel = (board: Loose) => board.panels.find(({ type }) => type === 'stat')!;
const variable = (board: Loose, name: string) => board.templating.list.find((one) => one.name === name)!;
const asks = (expr: string) => (board: Loose) => {
  panel(board).targets[0]!.expr = expr;
};
const ALL = 'job=~"$job",instance=~"$instance"';

/** A dashboard with one thing spoilt, by the rule that it breaks. */
const SPOILT: readonly (readonly [string, (board: Loose) => void])[] = [
  [
    'template-datasource',
    (board) => {
      variable(board, 'datasource').label = 'Source';
    },
  ],
  [
    'template-job',
    (board) => {
      variable(board, 'job').allValue = '.*';
    },
  ],
  [
    'template-instance',
    (board) => {
      variable(board, 'instance').multi = false;
    },
  ],
  [
    'template-label-promql',
    (board) => {
      variable(board, 'cluster').query = 'label_values(up{, cluster)';
    },
  ],
  [
    'template-on-time-change-reload',
    (board) => {
      variable(board, 'job').refresh = 1;
    },
  ],
  [
    'panel-datasource',
    (board) => {
      panel(board).datasource.uid = 'abc';
    },
  ],
  [
    'panel-title-description',
    (board) => {
      panel(board).description = '';
    },
  ],
  [
    'panel-units',
    (board) => {
      panel(board).fieldConfig.defaults.unit = 'suffix:trees';
    },
  ],
  [
    'panel-no-targets',
    (board) => {
      panel(board).targets = [];
    },
  ],
  ['target-logql', asks(`up{${ALL}} |= "error"`)],
  ['target-logql-auto', asks(`rate(up{${ALL}}[$__auto])`)],
  ['target-promql', asks(`sum(up{${ALL}}`)],
  ['target-rate-interval', asks(`rate(hw_host_energy_joules_total{${ALL}}[5m])`)],
  ['target-job', asks('up{instance=~"$instance"}')],
  ['target-instance', asks('up{job=~"$job"}')],
  ['target-counter-agg', asks(`hw_host_energy_joules_total{${ALL}}`)],
  [
    'uneditable-dashboard',
    (board) => {
      board.editable = true;
    },
  ],
];

describe('the published rules for dashboards', () => {
  it.for(BOARDS)('$title keeps all of them', (board) => {
    expect(lint(boardOf(board))).toEqual([]);
  });

  it.for(SPOILT)('%s is seen where it is broken', ([rule, spoil]) => {
    const board = fresh();
    spoil(board);
    expect(rulesOf(board)).toContain(rule);
  });

  it('are seventeen', () => {
    expect(new Set(SPOILT.map(([rule]) => rule)).size).toBe(17);
  });

  it('a name that the catalogue has not got is seen', () => {
    const board = fresh();
    asks(`sum(negawatt_made_up{${ALL}})`)(board);
    expect(rulesOf(board)).toContain('target-promql');
  });
});

describe('files for Grafana', () => {
  const files = outputs();
  const of = (path: string) => JSON.parse(files.get(path) ?? 'null') as Record<string, never>;

  it.for(BOARDS)(
    '$title can be imported by hand: Grafana asks which data source, and it is chosen',
    ({ uid }) => {
      const board = of(`import/${uid}.json`) as unknown as {
        __inputs: { name: string; pluginId: string }[];
        templating: { list: { name: string; current?: { value: string } }[] };
        panels: unknown[];
      };
      expect(board.__inputs.map(({ name, pluginId }) => [name, pluginId])).toEqual([
        ['DS_PROMETHEUS', 'prometheus'],
      ]);
      const source = board.templating.list.find(({ name }) => name === 'datasource');
      expect(source?.current?.value).toBe('${DS_PROMETHEUS}');
      const provisioned = of(`${uid}.json`) as unknown as typeof board;
      expect(board.panels).toEqual(provisioned.panels);
      expect(provisioned.__inputs).toBeUndefined();
      expect(JSON.stringify(provisioned)).not.toContain('DS_PROMETHEUS');
    },
  );

  it.for(BOARDS)(
    '$title has panels beside each other, none over another, each with its own number',
    ({ uid }) => {
      const { panels } = of(`${uid}.json`) as unknown as {
        panels: { id: number; title: string; gridPos: { x: number; y: number; w: number; h: number } }[];
      };
      expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
      for (const one of panels) {
        expect(one.gridPos.x + one.gridPos.w, one.title).toBeLessThanOrEqual(24);
        for (const other of panels) {
          if (one === other) continue;
          const [a, b] = [one.gridPos, other.gridPos];
          const apart = a.x + a.w <= b.x || b.x + b.w <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y;
          expect(apart, `${one.title} and ${other.title}`).toBe(true);
        }
      }
    },
  );

  it('dashboards find each other by their tag and have addresses of their own', () => {
    const all = BOARDS.map(
      ({ uid }) =>
        of(`${uid}.json`) as unknown as { uid: string; tags: string[]; links: { tags: string[] }[] },
    );
    expect(new Set(all.map(({ uid }) => uid)).size).toBe(BOARDS.length);
    for (const { tags, links } of all) expect(links[0]?.tags.every((tag) => tags.includes(tag))).toBe(true);
  });

  it.for(BOARDS)('$title leads to the others with the same hosts and times', ({ uid }) => {
    const { links } = of(`${uid}.json`) as unknown as { links: unknown[] };
    expect(links).toHaveLength(1);
    expect(links[0]).toMatchObject({ type: 'dashboards', includeVars: true, keepTime: true });
  });

  it.for(BOARDS)('$title says of what is over the time shown that it is so', (board) => {
    for (const row of board.rows)
      for (const { title, use, asks } of row.panels.filter((one) => asksOf(one).includes('increase(')))
        if (asks.some(({ expr }) => /\[\$__range[\]:]/.test(expr)))
          expect(`${row.title} ${title}: ${use}`, title).toMatch(/time shown|time that is shown/);
  });

  it('what is said to be operational CO2e alone is asked so', () => {
    const asking = BOARDS.flatMap(({ rows }) => rows.flatMap(({ panels }) => panels)).filter((one) =>
      asksOf(one).includes('negawatt_emissions_location_grams_total{'),
    );
    expect(asking.length).toBeGreaterThan(5);
    for (const one of asking.filter(({ use }) => /\boperation(al)?\b/i.test(use)))
      expect(asksOf(one), one.title).toMatch(/part="operational"|by \(part/);
  });
});
