import type { Boundary, MeasureKind } from '../model/measure.ts';
import type { Ratio, Seconds } from '../units.ts';

export interface WrittenSelector {
  readonly match?: Readonly<Record<string, string>>;
  readonly hosts?: readonly string[];
}

export type WrittenSchedule =
  | {
      readonly design: 'switchback';
      readonly block?: Seconds;
      readonly washout?: Seconds;
      readonly seed?: string | number;
    }
  | { readonly design: 'ab'; readonly seed?: string | number };

/**
 * A measure as an operator wrote it, an item of `measures` of the configuration: checked key by key, nothing filled in.
 * Instants in milliseconds since 1970 UTC, as the configuration has them.
 */
export interface WrittenMeasure {
  readonly name: string;
  readonly hosts?: 'self' | readonly string[];
  readonly scope?: WrittenSelector;
  readonly start?: number;
  readonly work:
    | string
    | readonly { readonly unit: string; readonly query?: string; readonly class?: string }[];
  readonly kind: MeasureKind;
  readonly baseline?: { readonly from: number; readonly to: number };
  readonly ramp?: readonly { readonly at: number; readonly share: number }[];
  readonly schedule?: WrittenSchedule;
  readonly drivers: readonly (string | { readonly name: string; readonly query: string })[];
  readonly guards: readonly {
    readonly name: string;
    readonly query?: string;
    readonly max_degradation: Ratio;
  }[];
  readonly control?: readonly string[] | WrittenSelector;
  readonly boundary: Boundary;
  readonly option: 'A' | 'B' | 'C' | 'D';
  readonly off_hosts?: { readonly residual_watts: 'measured' | number; readonly source?: string };
  readonly report_at?: readonly number[];
  readonly step?: Seconds;
  readonly nonroutine: readonly {
    readonly at: number;
    readonly until?: number;
    readonly what: string;
    readonly hosts?: readonly string[];
    readonly delta_watts: number;
    readonly uncertainty_watts: number;
    readonly evidence: string;
  }[];
  readonly overlaps: readonly string[];
  readonly overrides: Readonly<Record<string, string>>;
  readonly withdrawn?: string;
  readonly arm_file?: string;
}

/** First instant with the measure in force, seconds since 1970 UTC; NaN where neither start nor ramp is written. */
export const startOf = ({ start, ramp }: Pick<WrittenMeasure, 'start' | 'ramp'>): number =>
  (start ?? ramp?.[0]?.at ?? Number.NaN) / 1000;
