/** Files that say of themselves what is not so: each is refused in words, soon, and without memory for what they say. */
import type { SchemaElement } from 'hyparquet'
import { expect, test } from 'vitest'
import { UnreadableFile } from '../file-bytes.ts'
import {
  dataPage,
  dataPageV2,
  dictionaryPage,
  fileOf,
  linesIn,
  numbers,
  packed,
  texts,
  told,
} from './parquet.fixture.ts'

const { plain, dictionary } = numbers
const large = 2 ** 31 - 1
const text: SchemaElement = { name: 'text', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' }
const number: SchemaElement = { name: 'n', type: 'INT32', repetition_type: 'REQUIRED' }
const struct: SchemaElement[] = [{ name: 's', repetition_type: 'REQUIRED', num_children: 1 }, number]
const page = dataPage(2, plain, texts('a', 'b'))
const textFile = (pages: Buffer[], lies = {}, rows = 2n) =>
  fileOf([text], [{ path: ['text'], type: 'BYTE_ARRAY', pages, lies }], rows)
const numberFile = (pages: Buffer[], rows = 2n) => fileOf([number], [{ path: ['n'], type: 'INT32', pages }], rows)
const structFile = (pages: Buffer[], rows = 2n) => fileOf(struct, [{ path: ['s', 'n'], type: 'INT32', pages }], rows)
const places = (values: readonly number[]) => Buffer.concat([Buffer.of(2), packed(values, 2)])
/** As a file's metadata. */
const described = (metadata: Buffer) => {
  const length = Buffer.alloc(4)
  length.writeUInt32LE(metadata.length)
  return Buffer.concat([Buffer.from('PAR1'), metadata, length, Buffer.from('PAR1')])
}

const lies: Record<string, [bytes: Buffer, reason: RegExp]> = {
  'a group of more rows than it has': [textFile([page], {}, 2n ** 60n), /group of it says/],
  'a group of some more rows than it has': [textFile([page], {}, 2n ** 40n), /no more than 2 rows of "text"/],
  'a group of fewer rows than none': [textFile([page], {}, -1n), /says that it has -1 rows/],
  'a column behind the end': [textFile([page], { data_page_offset: 1n << 40n }), /behind its end/],
  'a column before the beginning': [textFile([page], { data_page_offset: -9n }), /where nothing can be/],
  'a column of less than nothing': [textFile([page], { total_compressed_size: -9n }), /where nothing can be/],
  'a column longer than the file': [textFile([page], { total_compressed_size: 1n << 40n }), /behind its end/],
  'a page longer than it is': [textFile([dataPage(2, plain, texts('a'), { field_3: large })]), /larger than/],
  'a page a little longer than it is': [textFile([dataPage(2, plain, texts('a'), { field_3: 99 })]), /cut short/],
  'a page of less than nothing': [textFile([dataPage(2, plain, texts('a'), { field_3: -5 })]), /says -5/],
  'a page that unpacks to too much': [
    textFile([dataPage(2, plain, texts('a'), { field_2: large })], { codec: 'SNAPPY' }),
    /larger than/,
  ],
  'more texts than there are': [
    textFile([dataPage(9, plain, texts('a', 'b'))], {}, 9n),
    /fewer values|Offset is outside/,
  ],
  'more texts than can be': [textFile([dataPage(large, plain, texts('a'))]), /more than .* values/],
  'more numbers than there are': [numberFile([dataPage(9, plain, Buffer.alloc(8)), page], 9n), /fewer values/],
  'more nested numbers than there are': [structFile([dataPage(9, plain, Buffer.alloc(8)), page], 9n), /fewer values/],
  'a dictionary of more than it has': [numberFile([dictionaryPage(large, Buffer.alloc(8))]), /fewer values/],
  'a nested dictionary of more than it has': [structFile([dictionaryPage(large, Buffer.alloc(8))]), /fewer values/],
  'a place that is not in the dictionary': [
    structFile([dictionaryPage(1, Buffer.alloc(4)), dataPage(2, dictionary, places([0, 3]))]),
    /not in its dictionary/,
  ],
  'a dictionary that is not there': [
    structFile([dataPage(2, dictionary, places([0, 1]))]),
    /dictionary that is not there/,
  ],
  'a text longer than any event': [
    textFile([dataPage(1, plain, texts('a'.repeat(17_000_000)))], {}, 1n),
    /text of it is longer/,
  ],
  'a long text of all rows': [
    fileOf(
      [text],
      [
        {
          path: ['text'],
          type: 'BYTE_ARRAY',
          pages: [dictionaryPage(1, texts('a'.repeat(9_000_000))), dataPage(5_000, dictionary, Buffer.of(0))],
        },
      ],
      5_000n,
    ),
    /more than can be read/,
  ],
  'levels longer than the page': [
    textFile([
      dataPageV2(
        { values: 2, nulls: 0, rows: 2, repetitions: Buffer.alloc(0), definitions: Buffer.alloc(0) },
        plain,
        texts('a', 'b'),
        { field_5: 999 },
      ),
    ]),
    /shorter than what it begins with/,
  ],
  'levels as nobody writes them any more': [
    fileOf(
      [{ ...number, repetition_type: 'OPTIONAL' }],
      [{ path: ['n'], type: 'INT32', pages: [dataPage(2, plain, Buffer.alloc(8), {}, numbers.bitPacked)] }],
      2n,
    ),
    /BIT_PACKED/,
  ],
  'a list without its beginning': [
    fileOf(
      [{ name: 'n', type: 'INT32', repetition_type: 'REPEATED' }],
      [
        {
          path: ['n'],
          type: 'INT32',
          pages: [dataPage(1, plain, Buffer.concat([told(packed([1], 1)), told(packed([1], 1)), Buffer.alloc(4)]))],
        },
      ],
      1n,
    ),
    /no beginning/,
  ],
  'decimals of too many digits': [
    fileOf(
      [{ ...number, converted_type: 'DECIMAL', scale: 2 ** 28, precision: 2 ** 28 }],
      [{ path: ['n'], type: 'INT32', pages: [dataPage(2, plain, Buffer.alloc(8))] }],
      2n,
    ),
    /places behind the point/,
  ],
  'two columns of a name': [
    fileOf([text, text], [{ path: ['text'], type: 'BYTE_ARRAY', pages: [page] }], 2n),
    /two columns|no tree/,
  ],
  // The library would look for shapes in it for ever.
  'a structure of fewer parts than none': [
    fileOf(
      [number, { name: 's', repetition_type: 'OPTIONAL', num_children: -2 }],
      [{ path: ['n'], type: 'INT32', pages: [dataPage(2, plain, Buffer.alloc(8))] }],
      2n,
    ),
    /deeper than can be read|no tree/,
  ],
  // A list of lists of lists…, each of 30 million: some bytes that would be arrays of 240 MB each.
  'lists in lists': [
    described(Buffer.concat([Buffer.of(0x19), Buffer.alloc(6_000, Buffer.from('f98080c80e', 'hex'))])),
    /too deep|cut short/,
  ],
  'structures in structures': [described(Buffer.alloc(500_000, 0x1c)), /too deep/],
  'a number without an end': [
    described(Buffer.concat([Buffer.of(0x16), Buffer.alloc(500_000, 0xff)])),
    /longer than can be/,
  ],
  'more flags than can be': [described(Buffer.alloc(9_000_000, 0x11)), /more in it/],
  'nothing of itself': [described(Buffer.of(0)), /no Parquet/],
  'more of itself than there is': [Buffer.from('PAR1\0\0\0\x7fPAR1', 'latin1'), /longer than the file/],
  'that it is encrypted': [Buffer.from('PARE\0\0\0\0PARE', 'latin1'), /encrypted/],
}

test.each(Object.entries(lies))('%s', async (_name, [bytes, reason]) => {
  const before = process.memoryUsage().rss
  const error = await linesIn(bytes).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(UnreadableFile)
  expect((error as Error).message).toMatch(reason)
  expect(process.memoryUsage().rss - before).toBeLessThan(300 * 1024 * 1024)
})
