import { expect, it } from 'vitest'
import { Extractors } from './extractors.ts'
import { type Mapping, mappingDefaults } from './mapping.ts'

const mapping = (eventType: string, version = 1): Mapping => ({
  ...mappingDefaults,
  eventType,
  version,
  table: eventType,
})

it('the extractors used last are kept, one for each event type', () => {
  const extractors = new Extractors(2)
  const [a, b, c] = [mapping('a'), mapping('b'), mapping('c')]
  const first = [extractors.of(a), extractors.of(b)]
  expect([extractors.of(a), extractors.of(b)]).toEqual(first)
  extractors.of(a)
  extractors.of(c) // b was used least recently
  expect(extractors.of(a)).toBe(first[0])
  expect(extractors.of(b)).not.toBe(first[1])
  expect(extractors.size).toBe(2)
})

it('an extractor does not outlive its version of the mapping', () => {
  const extractors = new Extractors(2)
  const old = extractors.of(mapping('a'))
  const next = mapping('a', 2)
  expect(extractors.of(next)).not.toBe(old)
  expect(extractors.of(next)).toBe(extractors.of(next))
  expect(extractors.size).toBe(1)
})
