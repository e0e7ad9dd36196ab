import type { Point } from './metrics.ts';
import type { MeasureArm } from './model/arm.ts';

/** Three series for each on/off test that runs: what is to hold now, and until when. */
export const armPoints = (arms: readonly MeasureArm[]): readonly Point[] =>
  arms.flatMap(({ measure, arm, changesAt }): readonly Point[] => [
    ...(['on', 'off'] as const).map(
      (one): Point => ({
        metric: 'negawatt_switchback_arm',
        labels: { measure, arm: one },
        value: arm === one ? 1 : 0,
      }),
    ),
    ...(changesAt === undefined
      ? []
      : [
          {
            metric: 'negawatt_switchback_next_change_timestamp_seconds' as const,
            labels: { measure },
            value: changesAt,
          },
        ]),
  ]);
