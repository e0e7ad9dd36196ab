import { describe, expect, it } from 'vitest';
import { createEngine } from '../../../src/engine.ts';
import { createStarts, type StartMarks } from '../../../src/exporters/otlp-starts.ts';
import type { Labels, MetricName } from '../../../src/metrics.ts';
import type { Snapshot } from '../../../src/snapshot.ts';
import { POLICY } from '../../fixtures/run-engine.ts';
import { carbon, drivenHost, SETTING } from '../../fixtures/samples.ts';

const BEGAN = SETTING.startedAt * 1000;
const HOST: readonly [MetricName, Labels] = ['hw_host_energy_joules_total', {}];

/** Labels of the first series of a metric that names a workload. */
const rowOf = ({ points }: Snapshot, workload: string): readonly [MetricName, Labels] => {
  const metric = 'negawatt_workload_cpu_seconds_total';
  const point = points.find((one) => one.metric === metric && one.labels.workload?.includes(workload));
  if (point === undefined) throw new Error(`no series of ${workload}`);
  return [metric, point.labels];
};

describe('a counter that this run began', () => {
  it('starts with the run, and keeps its start while it counts on', () => {
    const driven = drivenHost();
    const starts = createStarts(undefined);
    expect(starts(driven.step()).of(...HOST)).toBe(BEGAN);
    expect(starts(driven.settle()).of(...HOST)).toBe(BEGAN);
  });

  it('starts at the export before, where it was born since', () => {
    const driven = drivenHost();
    const starts = createStarts(undefined);
    const before = driven.settle();
    starts(before);
    driven.host.addGroup('9', '/new.service', '1', true);
    driven.settle({ busy: 10, groups: { 9: 3 } });
    const after = driven.step({ busy: 10, groups: { 9: 3 } });
    expect(starts(after).of(...rowOf(after, 'new.service'))).toBe(before.view.sample.wall);
    const later = driven.settle({ busy: 10, groups: { 9: 3 } });
    expect(starts(later).of(...rowOf(later, 'new.service'))).toBe(before.view.sample.wall);
    expect(starts(later).of(...HOST)).toBe(BEGAN);
  });

  it('starts anew where its series ended and came back between two exports', () => {
    const driven = drivenHost();
    const starts = createStarts(undefined);
    const first = driven.settle();
    expect(starts(first).of(...rowOf(first, 'nginx'))).toBe(BEGAN);
    driven.host.groups.delete('3');
    for (let i = 0; i < 200; i++) driven.step({ busy: 10, groups: { 4: 5 } });
    driven.host.addGroup('3', '/system.slice/nginx.service', '2', true);
    driven.settle({ busy: 10, groups: { 3: 4 } });
    const again = driven.step({ busy: 10, groups: { 3: 4 } });
    expect(starts(again).of(...rowOf(again, 'nginx'))).toBe(first.view.sample.wall);
  });
});

describe('over a restart', () => {
  /** A second run on the state of the first; its first two snapshots. */
  const restarted = (driven: ReturnType<typeof drivenHost>, startedAt: number) => {
    const { state } = driven.engine.persist();
    const engine = createEngine(
      () => ({ ...SETTING, startedAt }),
      () => POLICY,
      state,
    );
    const step = (): Snapshot => {
      driven.host.advance(5, { busy: 10, groups: { 3: 4, 4: 5 } });
      return engine.step(driven.host.sample(), () => carbon());
    };
    return { first: step(), second: step() };
  };

  it('a counter that is kept keeps its start, so a receiver sees no reset', () => {
    const driven = drivenHost();
    const starts = createStarts(undefined);
    const { marks } = starts(driven.settle());
    const { first, second } = restarted(driven, SETTING.startedAt + 900);
    expect(first.points.find(({ metric }) => metric === HOST[0])?.value).toBeGreaterThan(10_000);
    const next = createStarts(marks);
    expect(next(first).of(...HOST)).toBe(BEGAN);
    expect(next(second).of(...HOST)).toBe(BEGAN);
    expect(next(second).of(...rowOf(second, 'nginx'))).toBe(BEGAN);
  });

  it('a counter that is not kept starts with the new run', () => {
    const driven = drivenHost();
    const { marks } = createStarts(undefined)(driven.settle());
    const { first } = restarted(driven, SETTING.startedAt + 100);
    const of = createStarts(marks)({
      ...first,
      points: [{ metric: 'process_cpu_seconds_total', labels: {}, value: 1 }],
    }).of;
    expect(of('process_cpu_seconds_total', {})).toBe(BEGAN + 100_000);
  });

  it('a counter whose start nobody knows starts with its first export, and stays there', () => {
    const driven = drivenHost();
    driven.settle();
    const { first, second } = restarted(driven, SETTING.startedAt + 900);
    const starts = createStarts(undefined);
    expect(starts(first).of(...HOST)).toBe(first.view.sample.wall);
    expect(starts(second).of(...HOST)).toBe(first.view.sample.wall);
  });

  it('a counter that began anew, as the state was lost, starts with the new run whatever was remembered', () => {
    const old: StartMarks = {
      bootId: 'x',
      booted: 5,
      series: new Map([['["hw_host_energy_joules_total",[]]', 12_345]]),
    };
    expect(createStarts(old)(drivenHost().settle()).of(...HOST)).toBe(BEGAN);
  });
});

describe('over a reload', () => {
  const SINCE = BEGAN + 86_400_000;

  it('a counter of the run starts with the reload, not with the process: it was at 0 then', () => {
    const starts = createStarts(undefined, SINCE);
    const snapshot = drivenHost().settle();
    const late = {
      ...snapshot,
      view: { ...snapshot.view, sample: { ...snapshot.view.sample, wall: SINCE + 60_000 } },
      points: [
        { metric: HOST[0], labels: HOST[1], value: 1 },
        { metric: 'negawatt_otlp_exports_total', labels: { outcome: 'success' }, value: 0 },
        { metric: 'process_cpu_seconds_total', labels: {}, value: 1 },
      ] as const,
    };
    const { of } = starts(late);
    expect(of(...HOST)).toBe(SINCE);
    expect(of('negawatt_otlp_exports_total', { outcome: 'success' })).toBe(SINCE);
    expect(of('process_cpu_seconds_total', {})).toBe(BEGAN);
  });
});

describe('the clock', () => {
  it('may be set back: no counter starts after its own value', () => {
    const driven = drivenHost();
    const snapshot = driven.settle();
    const early = BEGAN - 3_600_000;
    const back = {
      ...snapshot,
      view: { ...snapshot.view, sample: { ...snapshot.view.sample, wall: early } },
    };
    expect(createStarts(undefined)(back).of(...HOST)).toBe(early);
  });

  it('does not move the start of the CPU time within a boot', () => {
    const driven = drivenHost();
    const starts = createStarts(undefined);
    const CPU: readonly [MetricName, Labels] = ['system_cpu_time_seconds_total', { cpu_mode: 'user' }];
    const withCpu = (snapshot: Snapshot, shift: number): Snapshot => ({
      ...snapshot,
      points: [{ metric: CPU[0], labels: CPU[1], value: 1 }],
      view: {
        ...snapshot.view,
        sample: { ...snapshot.view.sample, wall: snapshot.view.sample.wall + shift },
      },
    });
    const first = starts(withCpu(driven.step(), 0)).of(...CPU);
    const { uptime, wall } = driven.snapshot()?.view.sample ?? { uptime: 0, wall: 0 };
    expect(first).toBe(Math.round(wall - uptime * 1000));
    expect(starts(withCpu(driven.step(), 250)).of(...CPU)).toBe(first);
  });
});
