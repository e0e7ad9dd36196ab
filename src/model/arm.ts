/** What a randomised on/off test of a measure asks for. Instants in seconds since 1970 UTC. */
export interface MeasureArm {
  readonly measure: string;
  readonly arm: 'on' | 'off' | 'over';
  readonly state: 'before' | 'running' | 'over';
  readonly block: number | undefined;
  readonly since: number | undefined;
  readonly changesAt: number | undefined;
  readonly next: 'on' | 'off' | 'over' | undefined;
}
