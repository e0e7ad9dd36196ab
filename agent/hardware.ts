/** Asks the system's tools what the hardware is, prints it as JSON and ends; see hardware-child.ts. */
import { readHardware } from '../src/index.ts';

process.stdout.write(JSON.stringify(await readHardware()));
