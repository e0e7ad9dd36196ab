/** Where the tree of an installed agent lies. */
export const HOME = '/usr/lib/negawatt';

/** The flags of Node in `npm start`: the one place where they are kept. */
export const nodeFlags = ({ scripts }) => {
  const flags = /\bnode ((?:--\S+ )+)dist\/negawatt\.js run\b/.exec(scripts.start)?.[1];
  if (flags === undefined)
    throw new Error('package.json: scripts.start does not start dist/negawatt.js with flags');
  return flags.trim();
};

/** /usr/bin/negawatt. Only the service is tuned for little memory: a command that computes for long runs faster without. */
export const launcher = (manifest) => `#!/bin/sh
# Made by agent/package/package.mjs: the flags are those of \`npm start\`.
case "\${1-}" in
  run) exec ${HOME}/bin/node ${nodeFlags(manifest)} ${HOME}/dist/negawatt.js "$@" ;;
  *) exec ${HOME}/bin/node ${HOME}/dist/negawatt.js "$@" ;;
esac
`;
