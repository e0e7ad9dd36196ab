/** The annual inventory statement: everything that the index does not load by itself. */
export { equivalencesOf } from './carbon/statement-equivalences.ts';
export { makeStatement } from './carbon/statement-make.ts';
export { activityWithoutFile, loadActivity } from './config/activity.ts';
export { writeStatement } from './exporters/statement.ts';
export { readEvidence, sha256, writeEvidence } from './exporters/statement-evidence.ts';
export { gatherInventory } from './inventory.ts';
export { readFleet } from './inventory-fleet.ts';
export { readClosed, writeClosed } from './store/closed-years.ts';
export { readHours, readWork } from './store/read-hours.ts';
