import type { Gases } from '../model/factor.ts';
import type { Quality } from '../model/meter.ts';
import type { SupplyUnit } from '../model/supply.ts';
import type { Tenancy } from '../model/tenancy.ts';
import type { GramsCO2e, GramsPerKWh, KilowattHours } from '../units.ts';
import type { SeriesTerms } from './comparable.ts';
import type { InstrumentKind } from './instruments.ts';
import type { Period } from './periods.ts';
import type { Claim, Figure } from './statement-claims.ts';

/** Consolidation approaches (GHG Protocol Corporate Standard, chapter 3). */
export const APPROACHES = ['operational_control', 'financial_control', 'equity_share'] as const;
export const PUE_KINDS = ['measured', 'published', 'design', 'assumed'] as const;
/** What a target or an equivalence may be about: never credits. */
export const SUBJECTS = ['scope1', 'scope2.location', 'scope2.market'] as const;

/** Milliseconds since 1970 UTC, half-open. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export interface PueEntry {
  readonly value: number;
  /**
   * `configured`: the agent's configuration states it and not where it comes from. `hourly`: the mean of what the agent
   * booked with, hour by hour.
   */
  readonly kind: (typeof PUE_KINDS)[number] | 'configured' | 'hourly';
}

export interface EnergyEntry extends Span {
  readonly site: string;
  readonly zone: string;
  readonly quantity: KilowattHours;
  /** `it`: measured at the equipment, PUE applies; `facility`: the meter or bill has the overhead inside. */
  readonly of: 'it' | 'facility';
  readonly quality: Quality;
  /** Hosts inside the figure; undefined: not said. */
  readonly hosts?: number | undefined;
  /** Hours for which the figure has data; undefined: all of its span. */
  readonly hours?: number | undefined;
  readonly tenancy: Tenancy;
  readonly pue?: PueEntry | undefined;
  readonly document: string;
}

/** What the agent's own hours cannot say about themselves. */
export interface AgentSite {
  readonly site: string;
  readonly tenancy: Tenancy;
  /** Tenancy by time; where none holds, `tenancy`. */
  readonly tenancies?: readonly Period<Tenancy>[] | undefined;
  readonly pue?: PueEntry | undefined;
  /** PUE by time; where none holds, `pue`. */
  readonly periods?: readonly Period<number>[] | undefined;
  /** Litres of water per kWh, as configured. */
  readonly wue?: number | undefined;
  /** Energy reuse factor, as configured. */
  readonly erf?: number | undefined;
}

/** What the energy of a site cost. */
export interface CostEntry {
  readonly site: string;
  readonly amount: number;
  /** ISO 4217 code. */
  readonly currency: string;
  readonly document: string;
}

/** What lies between power stations and a site in a zone: Scope 3, category 3. */
export interface ZoneAdder {
  readonly zone: string;
  /** Share of what is generated that is lost on the way. */
  readonly loss?: number | undefined;
  readonly upstream?: GramsPerKWh | undefined;
  /** Where they are not stated: nothing, or what the shipped table holds. */
  readonly adders?: 'none' | 'official' | undefined;
  /** Absent where nothing is stated but the tables. */
  readonly document?: string | undefined;
}

export interface FuelEntry {
  readonly site: string;
  readonly fuel: string;
  readonly region: string;
  readonly quantity: { readonly value: number; readonly per: SupplyUnit };
  readonly document: string;
}

export interface RefrigerantEntry {
  readonly site: string;
  readonly gas: string;
  readonly kilograms: number;
  readonly document: string;
}

export interface InstrumentEntry extends Span {
  readonly name: string;
  readonly kind: InstrumentKind;
  /** Zone, or the country whose market it was cancelled in. */
  readonly market: string;
  readonly quantity: KilowattHours;
  readonly factor: GramsPerKWh;
  readonly gases: Gases;
  readonly document: string;
  readonly cancellation?: string | undefined;
}

export interface Scope3Entry {
  /** 1 to 15 (GHG Protocol Scope 3 Standard). */
  readonly category: number;
  readonly what: string;
  /** Undefined: not estimated, and `reason` says why. */
  readonly emissions?: GramsCO2e | undefined;
  /** How the emissions came about: `10 servers x 1,313 kg`. */
  readonly working?: string | undefined;
  readonly reason?: string | undefined;
  readonly gases: Gases;
  readonly document: string;
}

export interface MeasureEntry {
  readonly name: string;
  /** `2`, or `3.8`; `all` where the publisher lumps scopes together. */
  readonly scope: string;
  /** Name of the measure that this one is a part of. */
  readonly part?: string | undefined;
  readonly zone?: string | undefined;
  /** Energy not used, at the equipment. */
  readonly saved?: KilowattHours | undefined;
  readonly pue?: number | undefined;
  /** As stated by somebody, where no energy is known. */
  readonly emissions?: GramsCO2e | undefined;
  readonly interval?: readonly [KilowattHours, KilowattHours] | undefined;
  readonly baseline?: string | undefined;
  readonly method?: string | undefined;
  readonly evidence?: string | undefined;
  readonly verifier?: string | undefined;
  readonly document: string;
}

export interface CreditEntry {
  readonly standard: string;
  readonly project: string;
  readonly name: string;
  readonly kind: 'avoidance' | 'removal';
  readonly quantity: GramsCO2e;
  readonly vintage?: string | undefined;
  readonly serials?: string | undefined;
  readonly cancelled?: string | undefined;
  readonly document: string;
}

export interface TargetEntry {
  /** In the entity's own words, such as "net zero by 2030". */
  readonly name: string;
  readonly covers: readonly (typeof SUBJECTS)[number][];
  readonly base: { readonly year: number; readonly emissions: GramsCO2e };
  readonly target: { readonly year: number; readonly emissions: GramsCO2e };
  readonly document: string;
}

export interface PreviousYear {
  readonly year: number;
  readonly scope1?: GramsCO2e | undefined;
  readonly location?: GramsCO2e | undefined;
  readonly market?: GramsCO2e | undefined;
  /** What the totals of Scope 2 rest on; with another basis or other gases there is no comparison. */
  readonly terms?:
    | {
        readonly scope1?: SeriesTerms | undefined;
        readonly location?: SeriesTerms | undefined;
        readonly market?: SeriesTerms | undefined;
      }
    | undefined;
  /** Facility energy in Scope 2 by zone: with it the grid's own change is told apart. */
  readonly energy?: readonly { readonly zone: string; readonly quantity: KilowattHours }[] | undefined;
  readonly document: string;
}

/** A total that the entity published and that cannot be worked out from what is entered. */
export interface ReportedEntry {
  readonly name: string;
  readonly emissions: GramsCO2e;
  readonly document: string;
}

export interface EquivalenceEntry {
  readonly name: string;
  readonly unit: string;
  readonly constant: GramsCO2e;
  readonly source: string;
  readonly year: number;
  /** Id of a line of emissions or of one measure; never of credits. */
  readonly of: string;
}

/** The activity file, checked. All quantities in base units. */
export interface Activity {
  readonly year: number;
  readonly boundary: {
    readonly entity: string;
    readonly approach: (typeof APPROACHES)[number];
    /** Equity share that holds for every site without one of its own; with `equity_share` alone. */
    readonly share?: number | undefined;
    /** Hosts inside the boundary. */
    readonly hosts?: number | undefined;
    readonly base?: number | undefined;
    readonly exclusions: readonly string[];
    /** Assessment report of all warming potentials of this inventory. */
    readonly gwp: 'AR4' | 'AR5' | 'AR6';
  };
  /** Equity shares of sites; absent in evidence of versions that knew none. */
  readonly shares?: readonly { readonly site: string; readonly share: number; readonly document: string }[];
  readonly energy: readonly EnergyEntry[];
  readonly agent?: AgentSite | undefined;
  readonly zones: readonly ZoneAdder[];
  readonly fuels: readonly FuelEntry[];
  readonly refrigerants: readonly RefrigerantEntry[];
  readonly instruments: readonly InstrumentEntry[];
  readonly scope3: readonly Scope3Entry[];
  readonly water: readonly { readonly site: string; readonly litres: number; readonly document: string }[];
  /** Energy of a site that was used again elsewhere. */
  readonly reused: readonly {
    readonly site: string;
    readonly quantity: KilowattHours;
    readonly document: string;
  }[];
  readonly costs: readonly CostEntry[];
  readonly work: readonly { readonly unit: string; readonly count: number; readonly document: string }[];
  readonly measures: readonly MeasureEntry[];
  readonly credits: readonly CreditEntry[];
  readonly targets: readonly TargetEntry[];
  readonly previous: readonly PreviousYear[];
  readonly reported: readonly ReportedEntry[];
  readonly figures: Readonly<Record<string, Figure>>;
  readonly claims: readonly Claim[];
  readonly equivalences: readonly EquivalenceEntry[];
}
