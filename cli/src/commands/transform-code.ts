/** `millrace transform list`, `get`, `set` and `delete`: the modules that are deployed. */
import {
  type Deployed,
  deleteTransform,
  deployTransforms,
  getTransform,
  getTransforms,
} from '@millrace/client/transforms'
import { faultAt, modulesOf, readCodeFiles, refusalOf, type Sources, sourcesOf } from '../code-files.ts'
import { type ConnectionOptions, connect } from '../connection.ts'
import { faultText, type Output, printable } from '../output.ts'
import { formatBytes } from '../quantities.ts'
import { renderTable } from '../table.ts'
import type { Run } from './command.ts'

export interface MessageOptions {
  readonly message?: string
  readonly base?: number
}

export type DeleteOptions = ConnectionOptions & MessageOptions

export interface SetOptions extends DeleteOptions {
  readonly order?: string
  readonly only?: true
  readonly allowTypeErrors?: true
}

export async function list({ world, output }: Run, options: ConnectionOptions): Promise<void> {
  const modules = await getTransforms(await connect(world, options))
  output.show(modules, () => {
    if (modules.length === 0) return 'There is no code: events go on as they came.'
    const rows = modules.map(({ name, language, lines, bytes, place, since }) => [
      name,
      language,
      lines,
      formatBytes(bytes),
      place === null ? 'imported only' : `called as ${place + 1}.`,
      since,
    ])
    return renderTable(['module', 'language', 'lines', 'size', 'use', 'since version'], rows)
  })
}

export async function get(
  { world, output }: Run,
  options: ConnectionOptions & { json?: boolean },
  name: string,
): Promise<void> {
  const module = await getTransform(await connect(world, options), name)
  if (options.json) output.show([module], () => '')
  else output.write(module.code.endsWith('\n') ? module.code : `${module.code}\n`)
}

export async function set({ world, output }: Run, options: SetOptions, paths: string[]): Promise<void> {
  const files = await readCodeFiles(world, paths)
  const sources = sourcesOf(files)
  const client = await connect(world, options)
  const change = {
    modules: modulesOf(files),
    ...(options.order !== undefined && { order: options.order.split(',').map((name) => name.trim()) }),
    ...(options.only && { isComplete: true }),
  }
  const deployOptions = { ...deployOptionsOf(options), ...(options.allowTypeErrors && { allowTypeErrors: true }) }
  const deployed = await deployTransforms(client, change, deployOptions).catch(async (error: unknown) => {
    throw await refusalOf(client, error, sources)
  })
  showDeployed(output, deployed, sources)
  const modules = await getTransforms(client)
  if (modules.length > 0 && modules.every(({ place }) => place === null))
    output.warn('Events go on as they came: nothing calls this code. Name the first module main, or say --order.')
}

export async function remove({ world, output }: Run, options: DeleteOptions, name: string): Promise<void> {
  const client = await connect(world, options)
  const deployed = await deleteTransform(client, name, deployOptionsOf(options)).catch(async (error: unknown) => {
    throw await refusalOf(client, error, new Map())
  })
  output.show([deployed], () => `Version ${deployed.version} is deployed, without the module ${printable(name)}.`)
}

export function deployOptionsOf({ message, base }: MessageOptions) {
  return { ...(message !== undefined && { message }), ...(base !== undefined && { baseVersion: base }) }
}

export function showDeployed(output: Output, deployed: Deployed, sources: Sources = new Map()): void {
  output.show([deployed], () => {
    const warnings = deployed.warnings.map((warning) => faultText(faultAt(warning, warning.message, sources)))
    const what = deployed.changed.length === 0 ? 'nothing changed' : printable(deployed.changed.join(', '))
    return [`Version ${deployed.version} is deployed: ${what}.`, ...warnings].join('\n')
  })
}
