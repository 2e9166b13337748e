/**
 * Completion scripts. Each is a table of what may follow which words, and a few lines of the shell's own that look it up;
 * files are completed where nothing of ours fits.
 */

export const shells = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof shells)[number]

export interface Completion {
  /** Words behind `millrace` that lead here. */
  readonly path: readonly string[]
  readonly commands: readonly { name: string; summary: string }[]
  readonly flags: readonly { name: string; summary: string; takesValue: boolean; choices: readonly string[] }[]
}

export function writeCompletion(shell: Shell, completions: readonly Completion[]): string {
  return writers[shell](completions)
}

const writers: Readonly<Record<Shell, (completions: readonly Completion[]) => string>> = {
  bash: writeBash,
  zsh: writeZsh,
  fish: writeFish,
}

/** The words typed so far, flags left out, choose the line of the table; the longest one that is there counts. */
function writeBash(completions: readonly Completion[]): string {
  const cases = completions.map(({ path, commands, flags }) => {
    const words = [...commands, ...flags].map(({ name }) => name).join(' ')
    return `    ${quote(path.join(' '))}) words=${quote(words)} ;;`
  })
  return `# millrace completion for bash
_millrace() {
  local current="\${COMP_WORDS[COMP_CWORD]}" path="" words="" word index
  for ((index = 1; index < COMP_CWORD; index++)); do
    word="\${COMP_WORDS[index]}"
    case "$word" in -*) continue ;; esac
    case "\${path:+$path }$word" in
      ${pathPattern(completions)}) path="\${path:+$path }$word" ;;
    esac
  done
  case "$path" in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _millrace millrace
`
}

function writeZsh(completions: readonly Completion[]): string {
  const cases = completions.map(({ path, commands, flags }) => {
    const words = [...commands, ...flags].map(({ name, summary }) =>
      quote(`${name.replaceAll(':', '\\:')}:${firstLine(summary)}`),
    )
    return `    ${quote(path.join(' '))}) entries=(${words.join(' ')}) ;;`
  })
  return `#compdef millrace
_millrace() {
  local place="" word
  local -a entries
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$word" in -*) continue ;; esac
    case "\${place:+$place }$word" in
      ${pathPattern(completions)}) place="\${place:+$place }$word" ;;
    esac
  done
  case "$place" in
${cases.join('\n')}
  esac
  _describe 'millrace' entries
  _files
}
compdef _millrace millrace
`
}

function writeFish(completions: readonly Completion[]): string {
  const lines = completions.flatMap(({ path, commands, flags }) => {
    const condition = fishCondition(
      path,
      commands.map(({ name }) => name),
    )
    return [
      ...commands.map(
        ({ name, summary }) =>
          `complete -c millrace -n ${quote(condition)} -f -a ${quote(name)} -d ${quote(firstLine(summary))}`,
      ),
      ...flags.map(({ name, summary, takesValue, choices }) => {
        const value = choices.length > 0 ? ` -x -a ${quote(choices.join(' '))}` : takesValue ? ' -r' : ''
        return `complete -c millrace -n ${quote(condition)} -l ${name.replace(/^-+/, '')}${value} -d ${quote(firstLine(summary))}`
      }),
    ]
  })
  return `# millrace completion for fish\n${lines.join('\n')}\n`
}

function fishCondition(path: readonly string[], commands: readonly string[]): string {
  const seen = path.map((word) => `__fish_seen_subcommand_from ${word}`)
  const notYet = commands.length === 0 ? [] : [`not __fish_seen_subcommand_from ${commands.join(' ')}`]
  return [...seen, ...notYet].join('; and ') || 'true'
}

function pathPattern(completions: readonly Completion[]): string {
  return completions
    .filter(({ path }) => path.length > 0)
    .map(({ path }) => quote(path.join(' ')))
    .join(' | ')
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0]!
}

/** Every shell here takes text in single quotes as it is; a single quote inside ends them, stands for itself, and begins them anew. */
function quote(text: string): string {
  return `'${text.replaceAll("'", `'"'"'`)}'`
}
