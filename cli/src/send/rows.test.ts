import { csvLine } from '@millrace/client/csv'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { jsonOfCell, readCsv } from './csv.ts'
import { readJsonValues } from './json-values.ts'
import { readLines } from './lines.ts'
import { type Row, rowBytesMax, tooLargeFault } from './rows.ts'

type Reader = (chunks: AsyncIterable<Buffer>) => AsyncIterable<Row>

const csv: Reader = (chunks) => readCsv(chunks, { delimiter: ',', allText: false })

/** Cuts a text into chunks of so many bytes. */
async function* chunked(text: string | Buffer, size = 7): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function read(reader: Reader, text: string | Buffer, size?: number): Promise<Row[]> {
  const rows: Row[] = []
  for await (const row of reader(chunked(text, size))) rows.push(row)
  return rows
}

const faultsOf = (rows: readonly Row[]) => rows.flatMap((row) => ('fault' in row ? [[row.line, row.fault]] : []))
const jsonOf = (rows: readonly Row[]) => rows.flatMap((row) => ('json' in row ? [row.json] : []))

describe('NDJSON', () => {
  it('is a row a line, blank lines and a missing last line break aside', async () => {
    expect(await read(readLines, '{"a":1}\n\r\n  \n{"b":2}\r\n{"c":3}')).toEqual([
      { line: 1, json: '{"a":1}' },
      { line: 4, json: '{"b":2}' },
      { line: 5, json: '{"c":3}' },
    ])
  })

  it('keeps every digit of a number', async () => {
    expect(jsonOf(await read(readLines, '{"id":9007199254740993,"x":1.10}'))).toEqual([
      '{"id":9007199254740993,"x":1.10}',
    ])
  })

  it('a line that is no JSON object costs only itself', async () => {
    const rows = await read(readLines, '{"a":1}\nnull\n[1]\n"x"\n{"a":\n{"b":2}\n')
    expect(jsonOf(rows)).toEqual(['{"a":1}', '{"b":2}'])
    expect(faultsOf(rows).map(([line]) => line)).toEqual([2, 3, 4, 5])
    expect(faultsOf(rows)[1]).toEqual([3, 'not a JSON object: an array'])
  })

  it('says which line is not UTF-8', async () => {
    const rows = await read(
      readLines,
      Buffer.concat([Buffer.from('{"a":"'), Buffer.of(0xff), Buffer.from('"}\n{"b":2}')]),
    )
    expect(rows).toEqual([
      { line: 1, fault: 'not UTF-8' },
      { line: 2, json: '{"b":2}' },
    ])
  })

  it('a line beyond the limit of an event is left out, the next one is read', async () => {
    const text = `{"a":"${'x'.repeat(rowBytesMax)}"}\n{"b":2}\n`
    expect(await read(readLines, text, 100_000)).toEqual([
      { line: 1, fault: tooLargeFault },
      { line: 2, json: '{"b":2}' },
    ])
  })

  it('a byte order mark is no part of the first row', async () => {
    expect(jsonOf(await read(readLines, '\uFEFF{"a":1}'))).toEqual(['{"a":1}'])
  })
})

describe('JSON', () => {
  it.each([
    ['an array', '[{"a":1},{"a":2}]'],
    ['an array over several lines', '[\n  {"a":1}\n  ,\n  {"a":2}\n]\n'],
    ['objects one behind the other', '{"a":1}{"a":2}'],
    ['objects on lines of their own', '\uFEFF{"a":1}\n\n{"a":2}\n'],
  ])('%s gives its objects', async (_name, text) => {
    expect(jsonOf(await read(readJsonValues, text, 1))).toEqual(['{"a":1}', '{"a":2}'])
  })

  it('puts an object of several lines on one and says where it started', async () => {
    const rows = await read(readJsonValues, '[\n{"a":"}]\\"{",\n "b":[1,\n2]}\n,{"c":{}}]')
    expect(rows).toEqual([
      { line: 2, json: '{"a":"}]\\"{",  "b":[1, 2]}' },
      { line: 5, json: '{"c":{}}' },
    ])
  })

  it('an element that is no object costs only itself', async () => {
    const rows = await read(readJsonValues, '[1, "a,b", null, {"a":1}, [2], {bad}, {"b":2}]')
    expect(jsonOf(rows)).toEqual(['{"a":1}', '{"b":2}'])
    expect(faultsOf(rows)).toHaveLength(5)
  })

  it.each([
    ['an array that is cut between its elements', '[{"a":1},', 1],
    ['an element that is cut', '[{"a":1},{"b":', 1],
    ['text behind the array', '[{"a":1}] and more', 2],
  ])('%s is told', async (_name, text, faults) => {
    const rows = await read(readJsonValues, text)
    expect(jsonOf(rows)).toEqual(['{"a":1}'])
    expect(faultsOf(rows)).toHaveLength(faults)
  })

  it.each(['', '   \n', '[]', '[ ]\n'])('%j holds no rows', async (text) => {
    expect(await read(readJsonValues, text)).toEqual([])
  })

  it('keeps nothing of an element beyond the limit of an event', async () => {
    const text = `[{"a":"${'x'.repeat(rowBytesMax)}"},{"b":2}]`
    expect(await read(readJsonValues, text, 100_000)).toEqual([
      { line: 1, fault: tooLargeFault },
      { line: 1, json: '{"b":2}' },
    ])
  })
})

const objects = fc.array(fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue()), { minLength: 1, maxLength: 8 })
const sizes = fc.integer({ min: 1, max: 40 })

describe('wherever the chunks are cut', () => {
  it('NDJSON gives the objects that were written', async () => {
    await fc.assert(
      fc.asyncProperty(objects, sizes, async (values, size) => {
        const rows = await read(readLines, values.map((value) => JSON.stringify(value)).join('\n'), size)
        expect(jsonOf(rows).map((json) => JSON.parse(json))).toEqual(values.map(asJson))
      }),
    )
  })

  it('JSON gives the objects that were written, with any indentation', async () => {
    await fc.assert(
      fc.asyncProperty(objects, sizes, fc.integer({ min: 0, max: 3 }), async (values, size, indent) => {
        const rows = await read(readJsonValues, JSON.stringify(values, null, indent), size)
        expect(jsonOf(rows).map((json) => JSON.parse(json))).toEqual(values.map(asJson))
      }),
    )
  })

  it('CSV gives the cells that were written', async () => {
    const cell = fc.string({ unit: fc.constantFrom('a', '0', '"', ',', '\n', ' ', 'é', '-') })
    const table = fc.array(fc.tuple(cell, cell, cell), { minLength: 1, maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(table, sizes, async (rows, size) => {
        const text = [['x', 'y', 'z'], ...rows].map((cells) => csvLine(cells, { isGuarded: false })).join('')
        const whole = (chunks: AsyncIterable<Buffer>) => readCsv(chunks, { delimiter: ',', allText: true })
        expect(jsonOf(await read(whole, text, size)).map((json) => Object.values(JSON.parse(json)))).toEqual(rows)
      }),
    )
  })

  const asJson = (value: unknown) => JSON.parse(JSON.stringify(value))
})

describe('a CSV cell', () => {
  it.each([
    ['42', '42'],
    ['-0.5e3', '-0.5e3'],
    ['9007199254740993', '9007199254740993'],
    ['1.10', '1.10'],
    ['true', 'true'],
    ['false', 'false'],
    ['', 'null'],
    ['007', '"007"'],
    ['+1', '"+1"'],
    ['1.', '"1."'],
    ['.5', '".5"'],
    ['0x10', '"0x10"'],
    ['1e999', '"1e999"'],
    ['NaN', '"NaN"'],
    ['True', '"True"'],
    ['null', '"null"'],
    [' 1', '" 1"'],
    ['1'.repeat(39), `"${'1'.repeat(39)}"`],
    ['a"b', '"a\\"b"'],
  ])('%j is sent as %s', (cell, json) => expect(jsonOfCell(cell)).toBe(json))
})

describe('CSV', () => {
  it('is an object a line, by the names of the header', async () => {
    expect(await read(csv, '\uFEFFid,name,__proto__\r\n1,"a, ""b""",x\r\n\r\n2,,true\r\n')).toEqual([
      { line: 2, json: '{"id":1,"name":"a, \\"b\\"","__proto__":"x"}' },
      { line: 4, json: '{"id":2,"name":null,"__proto__":true}' },
    ])
  })

  it('a row starts where its first line is, however many it has', async () => {
    const rows = await read(csv, 'a,b\n"1\n2",x\n3,y\n')
    expect(rows.map(({ line }) => line)).toEqual([2, 4])
  })

  it.each([
    ['too few cells', 'a,b\n1\n2,3\n', [[2, '1 cells where the header has 2']]],
    ['too many cells', 'a,b\n1,2,3\n2,3\n', [[2, '3 cells where the header has 2']]],
    ['a quote inside a cell', 'a,b\n5" pipe,1\n2,3\n', [[2, 'a quote stands inside a cell that is not quoted']]],
    ['text behind a quoted cell', 'a,b\n"5" pipe",1\n2,3\n', [[2, 'text stands behind a closing quote']]],
  ])('%s costs the row alone', async (_name, text, faults) => {
    const rows = await read(csv, text)
    expect(faultsOf(rows)).toEqual(faults)
    expect(jsonOf(rows)).toEqual(['{"a":2,"b":3}'])
  })

  it('says which lines a quote in the wrong place takes with it', async () => {
    const rows = await read(csv, 'a,b\n"1" x,1\n2,2\n3,"3"\n4,4\n')
    expect(faultsOf(rows)).toEqual([
      [2, 'text stands behind a closing quote; the lines up to 3 belong to it'],
      [4, 'text stands behind a closing quote'],
    ])
    expect(jsonOf(rows)).toEqual(['{"a":4,"b":4}'])
  })

  it('says where a quote is opened that never closes', async () => {
    const rows = await read(csv, 'a,b\n1,2\n"3,4\n5,6\n')
    expect(jsonOf(rows)).toEqual(['{"a":1,"b":2}'])
    expect(faultsOf(rows)).toEqual([[3, 'a quoted cell is never closed; everything behind belongs to it']])
  })

  it('stops at a row beyond the limit of an event, and says so', async () => {
    const rows = await read(csv, `a,b\n1,2\n"${'x'.repeat(rowBytesMax + 1)}",2\n3,4\n`, 100_000)
    expect(jsonOf(rows)).toEqual(['{"a":1,"b":2}'])
    expect(faultsOf(rows)).toEqual([[3, `${tooLargeFault}; nothing behind it is read`]])
  })

  it('says which row is not UTF-8', async () => {
    const rows = await read(csv, Buffer.concat([Buffer.from('a\ncaf'), Buffer.of(0xe9), Buffer.from('\nb\n')]))
    expect(rows).toEqual([
      { line: 2, fault: 'not UTF-8' },
      { line: 3, json: '{"a":"b"}' },
    ])
  })

  it('keeps the replacement character of a file that is UTF-8', async () => {
    expect(jsonOf(await read(csv, 'a\n\uFFFD\n'))).toEqual(['{"a":"\uFFFD"}'])
  })

  it.each([
    ['a,b,a\n1,2,3', 'names "a" twice'],
    ['a,,c\n1,2,3', 'Column 2 of the CSV header has no name'],
  ])('the header of %j is refused', async (text, reason) => {
    await expect(read(csv, text)).rejects.toThrow(reason)
  })
})
