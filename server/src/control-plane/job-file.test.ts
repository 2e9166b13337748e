import { expect, test } from 'vitest'
import { fromBuffer } from 'yauzl'
import { jobFile, type StoredPage } from './job-file.ts'

const page = (text: string, name = '000001-page.ndjson'): StoredPage => ({ name, read: async () => Buffer.from(text) })
const csvOf = async (...pages: StoredPage[]) => (await jobFile(pages, 'csv')).toString()

function unzip(bytes: Buffer): Promise<Record<string, string>> {
  return new Promise((resolve, reject) => {
    fromBuffer(bytes, { lazyEntries: true }, (error, zip) => {
      if (error) return reject(error)
      const files: Record<string, string> = {}
      zip.on('end', () => resolve(files))
      zip.on('entry', (entry) => {
        zip.openReadStream(entry, async (failed, stream) => {
          if (failed) return reject(failed)
          const chunks: Buffer[] = []
          for await (const chunk of stream) chunks.push(chunk as Buffer)
          files[entry.fileName] = Buffer.concat(chunks).toString()
          zip.readEntry()
        })
      })
      zip.readEntry()
    })
  })
}

test('lines of JSON of all pages are one CSV with the columns of all', async () => {
  expect(
    await csvOf(page('{"day":"2026-01-01","n":1}\n{"day":"2026-01-02"}\n'), page('{"n":2,"more":{"a":[1]}}\n')),
  ).toBe('day,n,more\r\n2026-01-01,1,\r\n2026-01-02,,\r\n,2,"{""a"":[1]}"\r\n')
})

test('an array, one object, and values that are no objects', async () => {
  expect(await csvOf(page('[{"a":1},{"a":2}]'))).toBe('a\r\n1\r\n2\r\n')
  expect(await csvOf(page('{"a":1}'))).toBe('a\r\n1\r\n')
  expect(await csvOf(page('[1,"x"]'))).toBe('value\r\n1\r\nx\r\n')
})

test('what a spreadsheet would run is text', async () => {
  expect(await csvOf(page('{"a":"=cmd|calc","b":-5}'))).toBe("a,b\r\n'=cmd|calc,-5\r\n")
})

test('nothing is an empty file', async () => {
  expect(await csvOf()).toBe('')
  expect(await unzip(await jobFile([page('')], 'zip'))).toEqual({ 'data.csv': '' })
})

test('a zip holds the CSV, and beside it what has another form', async () => {
  const zip = await jobFile([page('{"a":1}'), page('a;b\n1;2\n', '000002-report.csv')], 'zip')
  expect(await unzip(zip)).toEqual({ 'data.csv': 'a\r\n1\r\n', '000002-report.csv': 'a;b\n1;2\n' })
  expect(Object.keys(await unzip(await jobFile([page('{broken', 'page')], 'zip')))).toEqual(['page'])
})

test('rows that have no name in common do not become many times as much', async () => {
  const many = (count: number) => Array.from({ length: count }, (_, n) => JSON.stringify({ [`k${n}`]: n })).join('\n')
  await expect(csvOf(page(many(10_001)))).rejects.toMatchObject({ code: 'query_too_large' })
  const wide = JSON.stringify(Object.fromEntries(Array.from({ length: 10_000 }, (_, n) => [`k${n}`, n])))
  await expect(csvOf(page(`${wide}\n${'{}\n'.repeat(5_001)}`))).rejects.toMatchObject({
    code: 'query_too_large',
  })
})
