import { execFileSync } from 'node:child_process';

/** Seconds since 1970 that a build is dated: SOURCE_DATE_EPOCH (reproducible-builds.org), else the last commit. */
export const sourceDate = (root) => {
  const told = process.env.SOURCE_DATE_EPOCH;
  if (told !== undefined) {
    if (/^\d{1,11}$/.test(told)) return Number(told);
    throw new Error(`SOURCE_DATE_EPOCH is "${told}"; it must be whole seconds since 1970`);
  }
  try {
    const stdio = ['ignore', 'pipe', 'pipe'];
    return Number(execFileSync('git', ['log', '-1', '--format=%ct'], { cwd: root, encoding: 'utf8', stdio }));
  } catch (cause) {
    throw new Error('no commit tells the date of this source: set SOURCE_DATE_EPOCH (seconds since 1970)', {
      cause,
    });
  }
};
