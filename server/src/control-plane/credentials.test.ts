import { expect, test } from 'vitest'
import { digest, fixedCredential, isDigest, newCredential, parseCredential } from './credentials.ts'

test('a new credential can be parsed and its secret is what the hash is of', () => {
  for (const kind of ['api', 'key'] as const) {
    const made = newCredential(kind)
    expect(made.text).toMatch(/^mlr_(api|key)_[0-9A-Za-z]{8}_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}$/)
    const parsed = parseCredential(kind, made.text)!
    expect(parsed.id).toBe(made.id)
    expect(isDigest(parsed.digest, made.hash)).toBe(true)
  }
})

test('no two credentials are alike', () => {
  const texts = Array.from({ length: 1000 }, () => newCredential('key').text)
  expect(new Set(texts).size).toBe(1000)
})

test('a mistyped, cut or re-cased credential is told from its checksum', () => {
  const { text } = newCredential('api')
  const swapped = text.replace(/_(.)(?=[0-9A-Za-z]{42}_)/, (_, first: string) => `_${first === 'x' ? 'y' : 'x'}`)
  for (const wrong of [
    swapped,
    text.slice(0, -1),
    text.toLowerCase(),
    ` ${text}`,
    `${text}\n`,
    text.replace('api', 'key'),
    '',
  ]) {
    expect(parseCredential('api', wrong), wrong).toBeUndefined()
  }
  expect(parseCredential('key', text)).toBeUndefined()
})

test('digests of different lengths differ instead of throwing', () => {
  expect(isDigest(digest('a'), 'abcd')).toBe(false)
  expect(isDigest(digest('a'), fixedCredential('a').hash)).toBe(true)
  expect(isDigest(digest('a'), fixedCredential('b').hash)).toBe(false)
})
