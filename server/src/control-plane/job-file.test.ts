import { buffer } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { fromBuffer } from 'yauzl'
import { jobFile, type StoredPage } from './job-file.ts'

const page = (text: string, name = '000001-page.ndjson'): StoredPage => ({ name, read: async () => Buffer.from(text) })
const csvOf = async (...pages: StoredPage[]) => (await buffer(await jobFile(pages, 'csv'))).toString()
const zipOf = async (pages: StoredPage[]) => buffer(await jobFile(pages, 'zip'))

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

test('numbers keep all their digits', async () => {
  expect(await csvOf(page('{"a":9007199254740993,"b":[1234567890123456.78]}'))).toBe(
    'a,b\r\n9007199254740993,[1234567890123456.78]\r\n',
  )
})

test('what a spreadsheet would run is text', async () => {
  expect(await csvOf(page('{"a":"=cmd|calc","b":-5}'))).toBe("a,b\r\n'=cmd|calc,-5\r\n")
})

test('nothing is an empty file', async () => {
  expect(await csvOf()).toBe('')
  expect(await unzip(await zipOf([page('')]))).toEqual({ 'data.csv': '' })
})

test('a zip holds the CSV, and beside it what has another form', async () => {
  const zip = await zipOf([page('{"a":1}'), page('a;b\n1;2\n', '000002-report.csv')])
  expect(await unzip(zip)).toEqual({ 'data.csv': 'a\r\n1\r\n', '000002-report.csv': 'a;b\n1;2\n' })
  expect(Object.keys(await unzip(await zipOf([page('{broken', 'page')])))).toEqual(['page'])
})

test('rows that have no name in common do not become many times as much', async () => {
  const many = (count: number) => Array.from({ length: count }, (_, n) => JSON.stringify({ [`k${n}`]: n })).join('\n')
  await expect(csvOf(page(many(10_001)))).rejects.toMatchObject({ code: 'query_too_large' })
  const wide = JSON.stringify(Object.fromEntries(Array.from({ length: 10_000 }, (_, n) => [`k${n}`, n])))
  await expect(csvOf(page(`${wide}\n${'{}\n'.repeat(100_001)}`))).rejects.toMatchObject({
    code: 'query_too_large',
  })
})

test('blank lines, a byte order mark and spaces around are no rows', async () => {
  expect(await csvOf(page('\uFEFF {"a":1}\r\n\r\n {"a":2}\n\n'))).toBe('a\r\n1\r\n2\r\n')
  expect(await csvOf(page('[\n{"a":1},\n{"a":2}\n]\n'))).toBe('a\r\n1\r\n2\r\n')
})

test('a page that turns out to be no JSON in its middle brings no columns', async () => {
  expect(await csvOf(page('{"a":1}\n{"b":2}\nnot JSON\n'), page('{"c":3}\n'))).toBe(
    'c\r\n3\r\n{"a":1}\n{"b":2}\nnot JSON\n',
  )
})

/** `count` pages of 1,000 rows, that count how often they were read. */
function largePages(count: number) {
  const bytes = Buffer.from(`${JSON.stringify({ id: 1, text: 'x'.repeat(1000) })}\n`.repeat(1_000))
  const counted = { reads: 0, bytes: bytes.length }
  const read = async () => {
    counted.reads++
    return Buffer.from(bytes)
  }
  return { counted, pages: Array.from({ length: count }, (_, n): StoredPage => ({ name: `${n}.ndjson`, read })) }
}

test('what is read is not far ahead of what is taken', async () => {
  const { counted, pages } = largePages(100)
  const stream = await jobFile(pages, 'csv')
  expect(counted.reads).toBe(100)
  let [taken, ahead] = [0, 0]
  for await (const chunk of stream) {
    taken += (chunk as Buffer).length
    ahead = Math.max(ahead, (counted.reads - 100) * counted.bytes - taken)
  }
  expect(counted.reads).toBe(200)
  expect(ahead).toBeLessThan(20 * counted.bytes)
})

test.each(['csv', 'zip'] as const)('who goes away in the middle of the %s is read nothing more for', async (format) => {
  const { counted, pages } = largePages(100)
  const stream = await jobFile(pages, format)
  stream.on('error', () => {})
  stream.once('data', () => stream.destroy())
  await new Promise((resolve) => stream.once('close', resolve))
  const { reads } = counted
  // Each page is a turn of the event loop at the least.
  for (let turn = 0; turn < 100; turn++) await new Promise(setImmediate)
  expect(counted.reads).toBeLessThan(reads + 10)
})

test.each(['csv', 'zip'] as const)(
  'a page that is gone ends the %s with an error, never as if it were whole',
  async (format) => {
    let asked = 0
    const read = async () => {
      if (asked++ > 0) throw new Error('it is gone')
      return Buffer.from('{"a":1}')
    }
    await expect(buffer(await jobFile([{ name: 'gone.ndjson', read }], format))).rejects.toThrow('it is gone')
  },
)
