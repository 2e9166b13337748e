import { readFileSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Fixture, openFixture } from '../fixture.ts'
import { apiReference } from './reference.fixture.ts'
import { operationsOf } from './requests.fixture.ts'

let fixture: Fixture
beforeAll(async () => {
  fixture = await openFixture()
})
afterAll(() => fixture[Symbol.asyncDispose]())

const describedBy = async () => (await fixture.api.inject('/api/v1/openapi.json')).json()

function expectGolden(path: string, text: string): void {
  const golden = new URL(`../../../../${path}`, import.meta.url)
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(golden, text)
  expect(text).toBe(readFileSync(golden, 'utf8'))
}

test('openapi.json, from which clients are made, is what the API says of itself', async () => {
  expectGolden('server/openapi.json', `${JSON.stringify(await describedBy(), null, 2)}\n`)
})

test('so is its page in the reference', async () => {
  expectGolden('docs/reference/api.md', apiReference(await describedBy()))
})

test('every operation has an id of its own and a permission', async () => {
  const operations = await operationsOf(fixture.api)
  expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length)
  for (const { operationId, permission } of operations) {
    expect(operationId).toMatch(/^[a-z][A-Za-z]+$/)
    expect(permission, operationId).toEqual(expect.any(String))
  }
})

test('no answer, and nothing that has a name in one, is without a type, but values of a configuration that can be anything', async () => {
  const { paths, components } = (await describedBy()) as Described
  const answers = Object.values(paths)
    .flatMap((methods) => Object.values(methods))
    .flatMap(({ operationId, responses }) =>
      Object.values(responses).map(({ content }) => [operationId, content?.['application/json']?.schema] as const),
    )
  const found = [...answers, ...Object.entries(components.schemas)].flatMap(([name, schema]) => untyped(schema, name))
  expect(found.filter((name) => !/Plan|AppliedConfiguration|Input|runQuery/.test(name))).toEqual([])
})

interface Described {
  paths: Record<string, Record<string, { operationId: string; responses: Record<string, Answer> }>>
  components: { schemas: Record<string, Schema> }
}
type Answer = { content?: Record<string, { schema: Schema }> }
type Schema = { properties?: Record<string, Schema>; items?: Schema; anyOf?: Schema[]; oneOf?: Schema[] }

/** Where a schema allows whatever there is. Members of records may be anything. */
function untyped(schema: Schema | undefined, name: string): string[] {
  if (schema === undefined) return []
  if (Object.keys(schema).every((key) => key === 'description')) return [name]
  const members = Object.entries(schema.properties ?? {}).map(([key, member]) => [member, `${name}.${key}`] as const)
  const others = [schema.items, ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].map((one) => [one, name] as const)
  return [...members, ...others].flatMap(([one, at]) => untyped(one, at))
}
