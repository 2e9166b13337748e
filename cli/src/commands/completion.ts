/** `millrace completion`: scripts that complete commands and flags, made from the commands themselves. */
import { Argument, type Command } from 'commander'
import { type Completion, type Shell, shells, writeCompletion } from '../completion.ts'
import { act, examples, type Program } from './command.ts'

export function completionCommand(program: Program, parent: Command): void {
  const command = parent
    .command('completion')
    .summary('shell completion: bash, zsh, fish')
    .description('Prints a script that completes commands and flags.')
    .addArgument(new Argument('<shell>').choices(shells))
    .addHelpText(
      'after',
      examples(
        'source <(millrace completion bash)                                    # in ~/.bashrc',
        'source <(millrace completion zsh)                                     # in ~/.zshrc, after compinit',
        'millrace completion fish > ~/.config/fish/completions/millrace.fish',
      ),
    )
  act<object, [Shell]>(program, command, async ({ output }, _options, shell) => {
    output.write(writeCompletion(shell, describeCommands(parent)))
  })
}

/** Every command by its words: `''` for `millrace` itself, `inputs create`. */
export function describeCommands(root: Command, path: readonly string[] = []): Completion[] {
  const commands = root.createHelp().visibleCommands(root)
  const own = {
    path,
    commands: commands.map((command) => ({
      name: command.name(),
      summary: command.summary() || command.description(),
    })),
    flags: root
      .createHelp()
      .visibleOptions(root)
      .map(({ long, short, description, required, argChoices }) => ({
        name: long ?? short ?? '',
        summary: description,
        takesValue: required,
        choices: argChoices ?? [],
      })),
  }
  return [own, ...commands.filter(isOurs).flatMap((command) => describeCommands(command, [...path, command.name()]))]
}

function isOurs(command: Command): boolean {
  return command.name() !== 'help'
}
