import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { generatedFile, generateTypes } from './generate.ts'

it('the types are those of server/openapi.json (node client/generate.ts writes them anew)', async () => {
  expect(await readFile(generatedFile, 'utf8')).toBe(await generateTypes())
})
