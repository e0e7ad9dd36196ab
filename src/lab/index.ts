/** Simulated hosts: everything that the index does not load by itself. See README.md beside this file. */
export { type BlockWriter, createBlockWriter } from './blocks.ts';
export { createLabFleet, type LabFleet, type LabFleetOptions, type LabScrape } from './fleet.ts';
export type { LabHostSpec } from './host.ts';
export { CSV_HEADER, createHourly, csvLine, type LabRow } from './hourly.ts';
export { mixedHosts } from './mixture.ts';
export { simulateStory } from './simulate-story.ts';
export {
  greenerFrom,
  type LabMeasure,
  MEASURES,
  type StoryOptions,
  storyConfig,
  storyHosts,
  timesOf,
} from './story.ts';
