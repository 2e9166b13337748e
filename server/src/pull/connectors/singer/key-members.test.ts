import { expect, test } from 'vitest'
import { keyMembersOf } from './key-members.ts'

const members = (properties: Record<string, unknown>, key: string[] | null) =>
  keyMembersOf({ type: 'SCHEMA', stream: 's', schema: { properties }, key_properties: key })

test('a key has the types that the schema says', () => {
  const properties = {
    id: { type: ['null', 'integer'] },
    at: { type: 'string', format: 'date-time' },
    day: { type: 'string', format: 'date' },
    name: { type: 'string', format: 'uuid' },
  }
  expect(members(properties, ['id', 'at', 'day', 'name'])).toEqual([
    { name: 'id', type: 'BIGINT' },
    { name: 'at', type: 'TIMESTAMP' },
    { name: 'day', type: 'DATE' },
    { name: 'name', type: 'VARCHAR' },
  ])
})

test('what rows cannot be told apart by is no key', () => {
  expect(members({ id: { type: 'integer' } }, null)).toBeUndefined()
  expect(members({ id: { type: 'integer' } }, [])).toBeUndefined()
  expect(members({ id: { type: 'object' } }, ['id'])).toBeUndefined()
  expect(members({ id: { type: ['integer', 'string'] } }, ['id'])).toBeUndefined()
  expect(members({ id: { type: 'integer' } }, ['id', 'missing'])).toBeUndefined()
})
