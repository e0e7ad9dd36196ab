import { type Flag, type Level, quoted } from './levels.ts';

const HEAD = `# negawatt, completion for fish: negawatt completion fish | source
`;

const offered = ({ takes, values }: Pick<Flag, 'takes' | 'values'>): string =>
  ({
    nothing: '',
    text: ' -x',
    words: ` -x -a ${quoted(values.join(' '))}`,
    file: ' -r -F',
    folder: " -x -a '(__fish_complete_directories)'",
  })[takes];

const atLevel = ({ route, commands, flags, argument }: Level): string[] => {
  const here = `complete -c negawatt -n ${quoted(`test (__negawatt_route) = "${route}"`)}`;
  return [
    ...commands.map(({ name, says }) => `${here} -a ${quoted(name)} -d ${quoted(says)}`),
    ...(argument.takes === 'words' ? [`${here} -a ${quoted(argument.values.join(' '))}`] : []),
    ...(argument.takes === 'file' ? [`${here} -F`] : []),
    ...flags.map(
      (flag) => `${here} -l ${quoted(flag.name.replace(/^--/, ''))}${offered(flag)} -d ${quoted(flag.says)}`,
    ),
  ];
};

export const fishCompletion = (levels: readonly Level[]): string => `${HEAD}function __negawatt_route
  set -l route
  for word in (commandline -opc)[2..-1]
    switch "$route $word"
      case ${levels
        .filter(({ route }) => route !== '')
        .map(({ route }) => quoted(route.includes(' ') ? route : ` ${route}`))
        .join(' ')}
        set route (string trim -- "$route $word")
    end
  end
  echo "$route"
end
complete -c negawatt -f
${levels.flatMap(atLevel).join('\n')}
`;
