import { expect, it } from 'vitest'
import { fileOf, folderOf } from './object-name.ts'

const receivedAt = Date.UTC(2026, 10, 9, 8, 59, 59, 999)
const folder = (input: string) => folderOf({ workspace: 'default', input, receivedAt })

it('names objects by workspace, input, hour of receipt, offsets and log', () => {
  expect(folder('native') + fileOf(42n, 1_042n, 'abcdef0123456789')).toBe(
    'default/native/2026/11/09/08/00000000000000000042-00000000000000001042-abcdef01.ndjson.gz',
  )
})

it.each([
  ['../..', '..%2F..'],
  ['..', '%2E%2E'],
  ['.', '%2E'],
  ['a/b\\c', 'a%2Fb%5Cc'],
  ['Ünï "x"*?', '%C3%9Cn%C3%AF%20%22x%22%2A%3F'],
  ['\ud800', '%EF%BF%BD'],
])('lets the input %j lead nowhere else', (label, name) => {
  expect(folder(label)).toBe(`default/${name}/2026/11/09/08/`)
})

it('keeps names of inputs apart that look alike', () => {
  const labels = ['a/b', 'a%2Fb', 'a b', 'a+b', 'A/b', 'a%20b']
  expect(new Set(labels.map(folder)).size).toBe(labels.length)
})
