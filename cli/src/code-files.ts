/** Files of users' code: which module each one is, and how the place of a mistake in it looks. */
import { readFile } from 'node:fs/promises'
import { basename, extname, resolve } from 'node:path'
import { type Client, ClientError } from '@millrace/client/client'
import { getTransform, type Language, type ModuleCode } from '@millrace/client/transforms'
import { CommandError, exitCodes, type Fault, usageError } from './failure.ts'
import type { World } from './world.ts'

export interface CodeFile extends ModuleCode {
  /** As it was given. */
  readonly path: string
}

/** Where code of a module is to be seen. */
export type Sources = ReadonlyMap<string, { readonly path: string; readonly code: string }>

const languages: Readonly<Record<string, Language>> = {
  '.ts': 'typescript',
  '.mts': 'typescript',
  '.js': 'javascript',
  '.mjs': 'javascript',
  '.py': 'python',
}

/** A file `main.ts` is the module `main` in TypeScript. @throws CommandError: another ending, two files of one name, no file. */
export async function readCodeFiles({ cwd }: World, paths: readonly string[]): Promise<CodeFile[]> {
  const files = await Promise.all(
    paths.map(async (path): Promise<CodeFile> => {
      const ending = extname(path)
      const language = languages[ending]
      if (language === undefined) {
        const hint = `Files end in ${Object.keys(languages).join(', ')}.`
        throw usageError(`Nothing says in which language ${path} is`, hint)
      }
      return { path, name: basename(path, ending), language, code: await readFile(resolve(cwd, path), 'utf8') }
    }),
  )
  for (const [place, { name, path, code }] of files.entries()) {
    const twin = files.findIndex((file) => file.name === name)
    if (twin < place) throw usageError(`${files[twin]!.path} and ${path} are both the module ${name}`)
    if (code === '') throw usageError(`${path} is empty`, `millrace transform delete ${name} deletes a module.`)
  }
  return files
}

export function sourcesOf(files: readonly CodeFile[]): Sources {
  return new Map(files.map(({ name, path, code }) => [name, { path, code }]))
}

export function modulesOf(files: readonly CodeFile[]): ModuleCode[] {
  return files.map(({ path: _, ...module }) => module)
}

/** Mistakes in modules that are deployed are shown in their code, too. */
export async function withDeployed(client: Client, files: Sources, names: Iterable<string>): Promise<Sources> {
  const sources = new Map(files)
  for (const name of new Set(names)) {
    if (sources.has(name)) continue
    const module = await getTransform(client, name).catch(() => undefined)
    if (module) sources.set(name, { path: name, code: module.code })
  }
  return sources
}

/** A refusal of code as places in these files and in what is deployed; any other failure as it is. */
export async function refusalOf(client: Client, error: unknown, files: Sources): Promise<unknown> {
  if (!(error instanceof ClientError) || error.code !== 'invalid_code') return error
  const names = (error.fields ?? []).flatMap(({ field }) => placeOf(field).module ?? [])
  return inFiles(error, await withDeployed(client, files, names))
}

/** A refusal of code as places in these files; any other failure as it is. */
export function inFiles(error: unknown, sources: Sources): unknown {
  if (!(error instanceof ClientError) || error.code !== 'invalid_code') return error
  const faults = (error.fields ?? []).map(({ field, message }) => faultAt(placeOf(field), message, sources))
  const what = `The code cannot be used: ${faults.length === 1 ? '1 mistake' : `${faults.length} mistakes`}`
  const hint = error.hint?.replaceAll('`allowTypeErrors`', '--allow-type-errors')
  return new CommandError(exitCodes.failed, what, hint, { code: error.code, faults })
}

export interface Place {
  readonly module?: string | undefined
  /** From 1, as is the column. */
  readonly line?: number | undefined
  readonly column?: number | undefined
}

/** With the file's name instead of the module's, and the line. */
export function faultAt({ module = '', line, column }: Place, message: string, sources: Sources): Fault {
  const source = sources.get(module)
  const place = [source?.path ?? module, line, column].filter((part) => part !== undefined).join(':')
  const text = line === undefined ? undefined : source?.code.split('\n')[line - 1]?.trimEnd()
  return { place, message, ...(text !== undefined && { excerpt: excerptOf(text, column) }) }
}

/** `main:4:32` as the API has it. */
function placeOf(field: string): Place {
  const [module, line, column] = field.split(':')
  return { module, line: line && Number(line), column: column && Number(column) } as Place
}

const excerptCharsMax = 100

/** The line, and below it a caret; of a long line the part around it. */
function excerptOf(text: string, column: number | undefined): string {
  if (column === undefined) return `  ${text.slice(0, excerptCharsMax)}`
  const from = Math.max(0, Math.min(column - 1 - excerptCharsMax / 2, text.length - excerptCharsMax))
  const shown = text.slice(from, from + excerptCharsMax).replaceAll('\t', ' ')
  return `  ${shown}\n  ${' '.repeat(Math.max(0, column - 1 - from))}^`
}
