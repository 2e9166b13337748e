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
