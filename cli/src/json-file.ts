/** Small files of JSON that a command is given, or standard input. */
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { usageError } from './failure.ts'
import type { World } from './world.ts'

/** - is standard input. */
export function readText({ cwd, stdin }: World, file: string): Promise<string> {
  return file === '-' ? text(stdin) : readFile(resolve(cwd, file), 'utf8')
}

/** @throws CommandError: it is no JSON. */
export async function readJsonFile(world: World, file: string): Promise<unknown> {
  const content = await readText(world, file)
  try {
    return JSON.parse(content)
  } catch (error) {
    throw usageError(`${file === '-' ? 'Standard input' : file} is no JSON: ${(error as Error).message}`)
  }
}
