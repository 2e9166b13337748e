import { expect, test } from 'vitest'
import { ask, made } from './api/ask.fixture.ts'
import { openFixture } from './fixture.ts'
import { checkTypes } from './type-check.ts'
import { declarationsOf } from './type-declarations.ts'

const main = (code: string) => [{ name: 'main', code, language: 'typescript' as const }]

test('a workspace that has seen nothing has events all the same', async () => {
  const declarations = declarationsOf({ mappings: [], secrets: [], lookups: [] })
  const code = "export function transform(event: Event) { event['a'] = 1; return event._metadata.event_type }"
  expect(await checkTypes(main(code), declarations)).toEqual([])
})

test('names of every kind are declared as they are', async () => {
  const names = ['a"b', "a'b", `a\`$\{b}`, 'a\\b', '\u2028', '😀', '__proto__', 'constructor', '*/']
  const mappings = names.map((name) => ({ eventType: name, fields: [{ path: [name], type: 'DOUBLE' }] }))
  const declarations = declarationsOf({ mappings, secrets: ['__proto__'], lookups: ['constructor'] })
  const uses = names.map((name, place) => {
    const text = JSON.stringify(name)
    return `export const f${place} = (e: EventOf<${text}>): number | null | undefined => e[${text}]`
  })
  expect(await checkTypes(main(uses.join('\n')), declarations)).toEqual([])
})

test('a field that was an object and something else may be anything', () => {
  const fields = [
    { path: ['a'], type: 'JSON' },
    { path: ['a', 'b'], type: 'BIGINT' },
    { path: ['_metadata', 'event_type'], type: 'BIGINT' },
  ]
  const declarations = declarationsOf({
    mappings: [{ eventType: 'e', fields } as { eventType: string }],
    secrets: [],
    lookups: [],
  })
  expect(declarations).toContain("'e': {\n    'a'?: any\n  }")
})

test('a mapping that is not understood, and event types beyond what editors bear, are any event', async () => {
  const fields = Array.from({ length: 15_000 }, (_, place) => ({ path: ['o', `f${place}`], type: 'VARCHAR' }))
  const mappings = ['first', 'second'].map((eventType) => ({ eventType, fields }))
  const declarations = declarationsOf({
    mappings: [...mappings, { eventType: 'strange', version: 1 } as { eventType: string }],
    secrets: [],
    lookups: [],
  })
  const code = [
    "export const a = (e: EventOf<'first'>): string | null | undefined => e.o?.f14999",
    "export const b = (e: EventOf<'second'>): unknown => e['o']",
    "export const c = (e: EventOf<'strange'>): unknown => e['o']",
  ]
  expect(await checkTypes(main(code.join('\n')), declarations)).toEqual([])
  expect(declarations.length).toBeLessThan(1_000_000)
})

test('the API tells them with the event types, secrets and lookups of the workspace, never a secret', async () => {
  await using fixture = await openFixture()
  const fields = [{ path: ['price'], column: 'price', type: 'DOUBLE' }]
  const mapping = { eventType: 'click', version: 1, table: 'click', fields }
  await fixture.plane.saveMapping('default', mapping)
  await made(fixture, 'PUT', 'transforms/secrets/salt', { value: 'canary-of-types' })
  await made(fixture, 'PUT', 'transforms/lookups/cities', { entries: { a: 1 } })
  const { declarations } = await made(fixture, 'GET', 'transforms/types')
  expect(declarations).toContain("'price'?: number | null")
  expect(declarations).toContain("get(name: 'salt'): string")
  expect(declarations).toContain("table: 'cities'")
  expect(declarations).not.toContain('canary-of-types')
  const code = "export const transform = (e: EventOf<'click'>) => ({ price: (e.price ?? 0) * 2 })"
  expect((await ask(fixture, 'PUT', 'transforms/modules/main', { code, language: 'typescript' })).status).toBe(200)
})
