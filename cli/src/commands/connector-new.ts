/** `millrace connector new`: a package with a connector that works, to be changed into the one that is wanted. */
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import packageFile from '../../package.json' with { type: 'json' }
import { scaffoldOf } from '../connector-scaffold.ts'
import { usageError } from '../failure.ts'
import type { Run } from './command.ts'

export interface NewOptions {
  readonly name?: string
}

export async function newConnector({ world, output }: Run, { name }: NewOptions, place: string): Promise<void> {
  const folder = resolve(world.cwd, place)
  const called = name ?? basename(folder)
  if (!/^[a-z][a-z0-9-]{0,62}$/.test(called))
    throw usageError(
      `${JSON.stringify(called)} cannot be the name of a connector`,
      'It has small letters, digits and hyphens, and begins with a letter: give one with --name.',
    )
  const there = await readdir(folder).catch(() => [])
  if (there.length > 0) throw usageError(`${folder} is not empty`)
  const files = scaffoldOf(called, packageFile.version)
  await mkdir(folder, { recursive: true })
  for (const [file, text] of Object.entries(files)) await writeFile(join(folder, file), text, { flag: 'wx' })
  output.show(
    Object.keys(files).map((file) => ({ file: join(folder, file) })),
    () => `${folder}: ${Object.keys(files).join(', ')}\nNow: cd ${place} && millrace connector test`,
  )
}
