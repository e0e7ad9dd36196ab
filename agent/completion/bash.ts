import { type Flag, type Level, quoted } from './levels.ts';

const offered = ({ takes, values }: Pick<Flag, 'takes' | 'values'>): string =>
  ({
    nothing: '',
    text: '',
    words: `COMPREPLY=($(compgen -W ${quoted(values.join(' '))} -- "$current")); `,
    file: 'compopt -o default; ',
    folder: 'compopt -o dirnames; ',
  })[takes];

const afterFlag = ({ route, flags }: Level): string[] =>
  flags
    .filter(({ takes }) => takes !== 'nothing')
    .map((flag) => `    ${quoted(`${route} ${flag.name}`)}) ${offered(flag)}return ;;`);

/** Where there is nothing else to name, flags are offered before a dash is typed. */
const atLevel = ({ route, commands, flags, argument }: Level): string => {
  const all = quoted(flags.map(({ name }) => name).join(' '));
  const others =
    commands.length > 0
      ? `COMPREPLY=($(compgen -W ${quoted(commands.map(({ name }) => name).join(' '))} -- "$current")); `
      : offered(argument);
  return `    ${quoted(route)}) flags=${all}${others === '' ? '' : `; [[ $current == -* ]] || { ${others}return; }`} ;;`;
};

/** Readline takes `=` as a word of its own: `--format=json` is three. */
export const bashCompletion = (
  levels: readonly Level[],
): string => `# negawatt, completion for bash: source <(negawatt completion bash)
_negawatt() {
  local i route= word current=\${COMP_WORDS[COMP_CWORD]} flag=\${COMP_WORDS[COMP_CWORD-1]} flags=
  COMPREPLY=()
  if [[ $current == = ]]; then
    current=
  elif [[ $flag == = ]]; then
    flag=\${COMP_WORDS[COMP_CWORD-2]}
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="\${route:+$route }\${COMP_WORDS[i]}"
    case $word in
    ${levels
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
  COMPREPLY=($(compgen -W "$flags" -- "$current"))
}
complete -F _negawatt negawatt
`;
