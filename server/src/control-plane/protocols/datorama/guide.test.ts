import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const guide = readFileSync(new URL('../../../../../docs/guides/protocols/datorama.md', import.meta.url), 'utf8')
const rows = guide.split('\n').filter((line) => line.startsWith('| '))

test('the guide has every operation in a row of its own, with what it is in our API and client', () => {
  for (let number = 1; number <= 44; number++) {
    const id = `DATORAMA-${String(number).padStart(2, '0')}`
    const found = rows.filter((row) => row.startsWith(`| ${id} |`))
    expect(found, id).toHaveLength(1)
    expect(found[0]!.split('|'), id).toHaveLength(7)
  }
})

test('the guide has every oddity of the client', () => {
  for (let number = 1; number <= 12; number++) {
    expect(
      rows.filter((row) => row.startsWith(`| Q${number} |`)),
      `Q${number}`,
    ).toHaveLength(1)
  }
})

test('paths of our own API in the guide are in its description', () => {
  const description = JSON.parse(readFileSync(new URL('../../../../openapi.json', import.meta.url), 'utf8'))
  const known = Object.keys(description.paths).map((path) => path.replaceAll(/\{[^}]+\}/g, '{}'))
  for (const row of rows.filter((line) => line.startsWith('| DATORAMA-'))) {
    const own = row.split('|')[4]!
    for (const [, path] of own.matchAll(/(?:GET|POST|PUT|PATCH|DELETE) (\/[^`?]+)/g)) {
      expect(known, row).toContain(`/api/v1${path!.replaceAll(/\{[^}]+\}/g, '{}')}`)
    }
  }
})
