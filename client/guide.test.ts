/** The guide names functions that there are, and every module of them. */
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const guide = readFileSync(new URL('../docs/guides/client.md', import.meta.url), 'utf8')

async function exportsOf(module: string): Promise<string[]> {
  return Object.keys(await import(`./src/${module}.ts`))
}

describe('docs/guides/client.md', () => {
  const rows = guide.split('\n').filter((line) => line.startsWith('| ') && line.includes('`: `'))
  const named = rows.flatMap((row) => {
    const ours = row.split(/(?<!\\)\|/)[2] ?? ''
    return ours.split(';').map((part) => {
      const [module = '', ...functions] = Array.from(part.matchAll(/`([^`]+)`/g), ([, name]) => name!)
      return { module, functions }
    })
  })

  it.each(named)('$module has $functions', async ({ module, functions }) => {
    expect(functions.length).toBeGreaterThan(0)
    expect(await exportsOf(module)).toEqual(expect.arrayContaining(functions))
  })

  it('imports what there is', async () => {
    const imports = Array.from(guide.matchAll(/^import \{ (.+) \} from '@millrace\/client\/(.+)'$/gm))
    expect(imports.length).toBeGreaterThan(5)
    for (const [, names = '', module = ''] of imports)
      expect(await exportsOf(module)).toEqual(expect.arrayContaining(names.split(', ')))
  })

  it('leaves out no module but those that all calls share', () => {
    const modules = readdirSync(new URL('src', import.meta.url))
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
      .map((file) => file.slice(0, -3))
    const inTable = named.map(({ module }) => module)
    const imported = Array.from(guide.matchAll(/@millrace\/client\/([\w-]+)/g), ([, module]) => module!)
    const known = new Set([...inTable, ...imported])
    expect(modules.filter((module) => !known.has(module)).sort()).toEqual(['lists', 'openapi'])
  })
})
