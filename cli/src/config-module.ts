/** Loads `millrace.config.ts`: its types checked, its value taken, its files read; whatever is wrong with it is told by file and line. */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { createRequire, registerHooks } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Config, ConfigurationDocument } from '@millrace/client/config'
import { configFile } from '@millrace/client/config-text'
import { documentOf } from '@millrace/client/configuration'
import { CommandError, exitCodes, type Fault, usageError } from './failure.ts'
import type { World } from './world.ts'

const definitions = '@millrace/client/config'
const definitionsUrl = import.meta.resolve(definitions)

/** @throws CommandError: there is no such file, or something is wrong in it. */
export async function loadDocument(world: World, file: string = configFile): Promise<ConfigurationDocument> {
  const path = resolve(world.cwd, file)
  if (!existsSync(path)) throw usageError(`${file} does not exist`, 'millrace export writes one of what there is.')
  await checkTypes(path)
  const config = await importConfig(path)
  try {
    return await documentOf(config, {
      env: world.env,
      readFile: (named) => readFile(resolve(dirname(path), named), 'utf8'),
    })
  } catch (error) {
    if (error instanceof TypeError) throw usageError(`${file}: ${error.message}`)
    throw error
  }
}

const known: ReadonlySet<string> = new Set<keyof Config>([
  ...(['mappingMode', 'inputs', 'sources', 'buckets', 'eventTypes', 'transforms', 'codeSettings', 'lookups'] as const),
  ...(['codeSecrets', 'scheduledQueries', 'channels', 'mutes', 'archive', 'dimensions', 'patterns'] as const),
  ...(['harmonisedDimensions', 'calculatedMeasurements'] as const),
])

async function importConfig(path: string): Promise<Config> {
  // Whoever keeps a config beside no node_modules has it read by the definitions of this program.
  const hooks = registerHooks({
    resolve: (specifier, context, next) =>
      specifier === definitions ? { url: definitionsUrl, shortCircuit: true } : next(specifier, context),
  })
  try {
    const loaded = (await import(`${pathToFileURL(path).href}?at=${process.hrtime.bigint()}`)) as { default?: unknown }
    const config = loaded.default
    if (typeof config !== 'object' || config === null)
      throw usageError(`${path} exports no configuration`, 'It says: export default defineConfig({ … })')
    const unknown = Object.keys(config).find((name) => !known.has(name))
    if (unknown !== undefined) throw usageError(`${path}: ${unknown} is nothing that a workspace's config says`)
    return config as Config
  } catch (error) {
    if (error instanceof CommandError) throw error
    const fault = faultOf(error, path)
    throw new CommandError(exitCodes.usage, `${fault.place}: ${fault.message}`, undefined, { code: 'invalid_config' })
  } finally {
    hooks.deregister()
  }
}

/** Where in the file something was thrown, or could not be read. */
function faultOf(error: unknown, path: string): Fault {
  const { stack = '', message } = error instanceof Error ? error : new Error(String(error))
  const frames = stack
    .split('\n')
    .map((line) => /((?:file:\/\/)?\/[^\s()?]+)(?:\?at=\d+)?:(\d+)(?::(\d+))?\)?$/.exec(line.trim()))
  const found = frames.find(
    (frame) => frame && !frame[1]!.includes('/node_modules/') && pathOf(frame[1]!).startsWith(dirname(path)),
  )
  const [, file, line, column] = found ?? []
  if (file === undefined) return { place: path, message }
  return { place: [pathOf(file), line, column].filter((part) => part !== undefined).join(':'), message }
}

function pathOf(file: string): string {
  return file.startsWith('file://') ? fileURLToPath(file) : file
}

const compilerOptions = {
  noEmit: true,
  strict: true,
  target: 'esnext',
  module: 'nodenext',
  allowImportingTsExtensions: true,
  skipLibCheck: true,
  resolveJsonModule: true,
}

/** @throws CommandError with each mistake by its file and line. */
async function checkTypes(path: string): Promise<void> {
  const server = fileURLToPath(import.meta.resolve('@millrace/server/config'))
  const compiler = createRequire(server).resolve('typescript/package.json')
  const nodeTypes = findPackage('@types/node/package.json')
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'millrace-config-')))
  try {
    const paths = { [definitions]: [fileURLToPath(definitionsUrl)] }
    const typed =
      nodeTypes === undefined ? { types: [] } : { types: ['node'], typeRoots: [dirname(dirname(nodeTypes))] }
    const project = { compilerOptions: { ...compilerOptions, ...typed, paths }, files: [await realpath(path)] }
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(project))
    const faults = faultsIn(await compile(join(dirname(compiler), 'bin', 'tsc'), folder), folder)
    if (faults.length === 0) return
    const what = `The config cannot be used: ${faults.length === 1 ? '1 mistake' : `${faults.length} mistakes`}`
    throw new CommandError(exitCodes.usage, what, undefined, { code: 'invalid_config', faults })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function findPackage(name: string): string | undefined {
  try {
    return createRequire(import.meta.url).resolve(name)
  } catch {
    return undefined
  }
}

async function compile(compiler: string, folder: string): Promise<string> {
  const child = spawn(process.execPath, [compiler, '-p', folder, '--pretty', 'false'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  return text(child.stdout)
}

/** `../a/millrace.config.ts(3,5): error TS2322: …`, further lines of it indented. */
function faultsIn(said: string, folder: string): Fault[] {
  const faults: { place: string; message: string }[] = []
  for (const line of said.split('\n')) {
    const [, file, row, column, message] = /^(.+)\((\d+),(\d+)\): error TS\d+: (.*)$/.exec(line) ?? []
    const last = faults.at(-1)
    if (file !== undefined) faults.push({ place: `${resolve(folder, file)}:${row}:${column}`, message: message! })
    else if (line.startsWith('  ') && last) last.message += `\n${line}`
  }
  return faults
}
