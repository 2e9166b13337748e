import { readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { openFixture } from '../fixture.ts'

const golden = new URL('../../../openapi.json', import.meta.url)

test('openapi.json, from which clients are made, is what the API says of itself', async () => {
  await using fixture = await openFixture()
  const { body } = await fixture.api.inject('/api/v1/openapi.json')
  const text = `${JSON.stringify(JSON.parse(body), null, 2)}\n`
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(golden, text)
  expect(text).toBe(readFileSync(golden, 'utf8'))
})

test('every operation has an id of its own, a summary and a permission', async () => {
  await using fixture = await openFixture()
  const { paths } = (await fixture.api.inject('/api/v1/openapi.json')).json() as {
    paths: Record<string, Record<string, Record<string, unknown>>>
  }
  const operations = Object.values(paths).flatMap((methods) => Object.values(methods))
  const ids = operations.map(({ operationId }) => operationId)
  expect(new Set(ids).size).toBe(operations.length)
  for (const operation of operations) {
    expect(operation).toMatchObject({
      operationId: expect.stringMatching(/^[a-z][A-Za-z]+$/),
      summary: expect.any(String),
      'x-permission': expect.any(String),
    })
  }
})
