/** Writes `src/openapi.ts`, the types of the management API, from `server/openapi.json`: `node client/generate.ts`. */
import { spawnSync } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import openapiTypescript, { astToString } from 'openapi-typescript'

const description = new URL('../server/openapi.json', import.meta.url)
export const generatedFile = new URL('src/openapi.ts', import.meta.url)

export async function generateTypes(): Promise<string> {
  const types = await openapiTypescript(await readFile(description, 'utf8'))
  const text = `/** Generated from server/openapi.json by client/generate.ts. */\n${astToString(types)}`
  const { status, stdout, stderr } = spawnSync('biome', ['format', '--stdin-file-path=openapi.ts'], {
    input: text,
    encoding: 'utf8',
    cwd: new URL('..', import.meta.url),
    env: { ...process.env, PATH: `node_modules/.bin:${process.env['PATH']}` },
  })
  if (status !== 0) throw new Error(`Biome did not format the types: ${stderr}`)
  return stdout
}

if (import.meta.main) await writeFile(generatedFile, await generateTypes())
