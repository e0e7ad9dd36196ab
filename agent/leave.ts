import { stopReading } from '../src/start.ts';
import { OK } from './exit.ts';

/** Requests of files that answer are over by then; what is left of the 2 s in which the agent has to end is for the rest. */
const PATIENCE_MS = 500;
const LOOK_MS = 50;

let isHeld = false;

/** Told where a thread is held that Node does not list: the end does not wait for it. */
export const leaveByForce = (): void => {
  isHeld = true;
};

/** File requests and look-ups of names: each holds a thread that Node waits for at its end. */
const isWaiting = (): boolean =>
  isHeld ||
  process.getActiveResourcesInfo().some((resource) => /^FSReq|CloseReq|^GetAddrInfo/.test(resource));

/** Ends the program where a file that it reads never answers. Where all have answered it ends by itself. */
export const leave = async (): Promise<void> => {
  stopReading();
  for (let waited = 0; isWaiting(); waited += LOOK_MS) {
    if (waited >= PATIENCE_MS) {
      const { exitNow } = await import('../src/index.ts');
      exitNow(Number(process.exitCode ?? OK));
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
};
