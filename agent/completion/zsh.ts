import { type Flag, type Level, quoted, type Word } from './levels.ts';

const offered = ({ takes, values }: Pick<Flag, 'takes' | 'values'>, says: string): string =>
  ({
    nothing: '_message "no argument"',
    text: `_message ${quoted(says)}`,
    words: `compadd -- ${values.map(quoted).join(' ')}`,
    file: '_files',
    folder: '_files -/',
  })[takes];

const described = (what: string, words: readonly Word[]): string =>
  `entries=(${words.map(({ name, says }) => quoted(`${name.replaceAll(':', '\\:')}:${says}`)).join(' ')}); _describe -t ${what} ${what} entries`;

const afterFlag = ({ route, flags }: Level): string[] =>
  flags
    .filter(({ takes }) => takes !== 'nothing')
    .map((flag) => `    (${quoted(`${route} ${flag.name}`)}) ${offered(flag, flag.says)}; return ;;`);

const atLevel = ({ route, commands, flags, argument }: Level): string => {
  const others =
    commands.length > 0
      ? described('commands', commands)
      : argument.takes === 'nothing'
        ? ''
        : offered(argument, 'argument');
  const all = described('flags', flags);
  return `    (${quoted(route)}) ${others === '' ? all : `if [[ $current == -* ]]; then ${all}; else ${others}; fi`} ;;`;
};

export const zshCompletion = (levels: readonly Level[]): string => `#compdef negawatt
# negawatt, completion for zsh: source <(negawatt completion zsh), after compinit; or a file _negawatt in $fpath
_negawatt() {
  local i route= word current=\${words[CURRENT]} flag=\${words[CURRENT-1]}
  local -a entries
  if [[ $current == --*=* ]]; then
    flag=\${current%%=*}
    compset -P '*='
  fi
  for ((i = 2; i < CURRENT; i++)); do
    word="\${route:+$route }\${words[i]}"
    case $word in
    (${levels
      .filter(({ route }) => route !== '')
      .map(({ route }) => quoted(route))
      .join(' | ')}) route=$word ;;
    esac
  done
  case "$route $flag" in
${levels.flatMap(afterFlag).join('\n')}
  esac
  case $route in
${levels.map(atLevel).join('\n')}
  esac
}
if [[ $funcstack[1] == _negawatt ]]; then _negawatt "$@"; else compdef _negawatt negawatt; fi
`;
