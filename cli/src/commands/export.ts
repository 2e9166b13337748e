/** `millrace export`: a workspace's configuration as typed code, with files of modules and lookups beside it. */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { configFile, configFiles } from '@millrace/client/config-text'
import { exportConfiguration } from '@millrace/client/configuration'
import type { Command } from 'commander'
import { addConnectionOptions, type ConnectionOptions, connect } from '../connection.ts'
import { usageError } from '../failure.ts'
import { printable } from '../output.ts'
import { act, examples, type Program, type Run } from './command.ts'

interface ExportOptions extends ConnectionOptions {
  readonly force?: true
}

export function exportCommand(program: Program, parent: Command): void {
  const command = addConnectionOptions(
    parent
      .command('export')
      .summary('the configuration of a workspace as code')
      .description(
        `Writes ${configFile} of all that the workspace is set to, and its modules and lookups as files beside it. It has no secrets: ` +
          'it names them. The same configuration is the same text.',
      )
      .argument('[folder]', 'where to (.)'),
  )
    .option('--force', 'over files that are there and say something else')
    .addHelpText('after', examples('millrace export', 'millrace export config --workspace shop --force'))
  act<ExportOptions, [string | undefined]>(program, command, exportFiles)
}

async function exportFiles({ world, output }: Run, { force, ...options }: ExportOptions, folder = '.'): Promise<void> {
  const files = configFiles(await exportConfiguration(await connect(world, options)))
  const to = resolve(world.cwd, folder)
  const changed: string[] = []
  for (const [path, text] of files) {
    const present = await readFile(join(to, path), 'utf8').catch(() => undefined)
    if (present !== text) changed.push(path)
    if (present !== undefined && present !== text && !force)
      throw usageError(`${join(folder, path)} is there and says something else`, 'Add --force to write over it.')
  }
  for (const path of changed) {
    await mkdir(dirname(join(to, path)), { recursive: true })
    await writeFile(join(to, path), files.get(path)!)
  }
  const records = [...files.keys()].map((path) => ({ path: join(folder, path), isWritten: changed.includes(path) }))
  output.show(records, () =>
    records.map(({ path, isWritten }) => printable(`${path}${isWritten ? '' : ' (as it was)'}`)).join('\n'),
  )
}
