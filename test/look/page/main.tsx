/** The page: a dashboard as Grafana lays it out, every panel in Grafana's own frame. */
import { type GrafanaTheme2, ThemeContext } from '@grafana/data';
import { GlobalStyles, PanelChrome } from '@grafana/ui';
import type { ReactElement } from 'react';
import { createRoot } from 'react-dom/client';
import { type Answer, framesOf } from '../frames.ts';
import { type Chart, chartOf, rangeOf, themeOf } from './charts.tsx';
import { dataOf } from './data.ts';
import { faultsOf } from './faults.ts';

interface Panel {
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly options: unknown;
  readonly fieldConfig?: never;
  readonly transformations?: never;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
}

/** What is to be shown: a panel has its answers at its own place. */
export interface Shown {
  readonly title: string;
  readonly panels: readonly Panel[];
  readonly answers: readonly (readonly Answer[])[];
  readonly from: number;
  readonly to: number;
  readonly mode: 'light' | 'dark';
}

/** Grafana's grid: 24 columns, rows of 30 pixels, 8 between. */
const GAP = 8;
const ROW = 30 + GAP;
const COLUMN = (window.innerWidth - GAP) / 24;

const placeOf = ({ gridPos: { x, y, w, h } }: Panel, down: number) => ({
  left: GAP + x * COLUMN,
  top: down + y * ROW,
  width: w * COLUMN - GAP,
  height: h * ROW - GAP,
});

type Drawn = Pick<Chart, 'frames' | 'fieldConfig'>;

const PanelView = ({
  panel,
  data,
  chart,
}: {
  panel: Panel;
  data: Drawn;
  chart: Omit<Chart, keyof Drawn | 'width' | 'height'>;
}) => {
  const place = placeOf(panel, 40);
  return (
    <section data-panel={panel.title} data-type={panel.type} style={{ position: 'absolute', ...place }}>
      <PanelChrome
        {...{ width: place.width, height: place.height, title: panel.title }}
        {...(panel.description === undefined ? {} : { description: panel.description })}
      >
        {(width: number, height: number) => (
          <div data-chart>{chartOf(panel.type, { ...chart, ...data, width, height })}</div>
        )}
      </PanelChrome>
    </section>
  );
};

const Board = ({
  shown,
  data,
  theme,
}: {
  shown: Shown;
  data: readonly Drawn[];
  theme: GrafanaTheme2;
}): ReactElement => {
  const range = rangeOf(shown.from, shown.to);
  const height = 48 + Math.max(...shown.panels.map(({ gridPos }) => gridPos.y + gridPos.h)) * ROW;
  return (
    <ThemeContext.Provider value={theme}>
      <GlobalStyles />
      <main style={{ position: 'relative', height, background: theme.colors.background?.canvas }}>
        <h4 style={{ margin: 0, padding: '10px 8px' }}>{shown.title}</h4>
        {shown.panels.map((panel, at) =>
          panel.type === 'row' ? (
            <div key={panel.title} style={{ position: 'absolute', padding: 4, ...placeOf(panel, 40) }}>
              {panel.title}
            </div>
          ) : (
            <PanelView
              key={panel.title}
              {...{ panel, data: data[at] as Drawn, chart: { options: panel.options, range, theme } }}
            />
          ),
        )}
      </main>
    </ThemeContext.Provider>
  );
};

const show = async (shown: Shown): Promise<void> => {
  const theme = themeOf(shown.mode);
  document.body.className = `theme-${shown.mode}`;
  const data = await Promise.all(
    shown.panels.map((panel, at) =>
      dataOf(
        { fieldConfig: { defaults: {}, overrides: [] } as never, ...panel },
        framesOf(shown.answers[at] ?? []),
        theme,
      ),
    ),
  );
  await document.fonts.load('14px Inter');
  await document.fonts.load('500 14px Inter');
  const root = document.createElement('div');
  document.body.replaceChildren(root);
  createRoot(root).render(<Board {...{ shown, data, theme }} />);
};

Object.assign(window, { show, faultsOf, __grafana_public_path__: '/public/' });
