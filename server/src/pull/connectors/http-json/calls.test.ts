import { expect, test } from 'vitest'
import { httpJson } from '../http-json.ts'

const days = { start: '2024-02-25', end: '2024-03-05' } // ten, one of them 29 February
const given = { url: 'https://api.example.com/rows?from={start}&to={end}', table: 'row' }
const calls = (more: object, range = days) => httpJson.callsFor?.({ ...given, ...more }, range)

test('what has no pages takes one request, and one more where a token is fetched first', () => {
  expect(calls({})).toBe(1)
  expect(calls({ auth: { type: 'bearer' } })).toBe(1)
  expect(calls({ auth: { type: 'oauth2', tokenUrl: 'https://id.example.com', clientId: 'x' } })).toBe(2)
})

test('pages are reckoned from the records that a day has, to the last page as each kind of paging finds it', () => {
  const more = (type: string, size?: number) => ({
    recordsPerDay: 25,
    paging: { type, size, ...(type === 'cursor' && { path: 'next' }) },
  })
  expect(calls(more('page', 100))).toBe(4)
  expect(calls(more('offset', 50))).toBe(6)
  expect(calls({ ...more('offset'), paging: { type: 'offset' } })).toBe(4) // offset has a size by default
  expect(calls(more('cursor', 100))).toBe(3)
  expect(calls(more('link', 100))).toBe(3)
  expect(calls(more('link', 100), { start: '2024-02-29', end: '2024-02-29' })).toBe(1)
})

test('nothing is made up where a size or the number of records is unknown', () => {
  expect(calls({ paging: { type: 'link', size: 100 } })).toBeUndefined()
  expect(calls({ paging: { type: 'link' }, recordsPerDay: 25 })).toBeUndefined()
  expect(calls({ paging: { type: 'unheard of' }, recordsPerDay: 25 })).toBeUndefined()
})
