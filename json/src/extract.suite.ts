/** What any extractor must do. */
import { describe, expect, it } from 'vitest'
import { extractTexts } from './extract-cells.suite.ts'
import { expectSameMeaning } from './extract-meaning.suite.ts'
import { openRandom, randomEvent, randomLeaves } from './extract-samples.suite.ts'
import { cells, leafOf } from './extract-values.suite.ts'
import { type Extractor, type ExtractorSettings, type Leaf, rowFlags } from './extraction.ts'

export type OpenExtractor = (settings: ExtractorSettings) => Extractor

const { unknown, misfit, valueTooLarge, duplicateKey } = rowFlags

export function testExtractor(open: OpenExtractor): void {
  const extract = (leaves: Leaf[], texts: string[], limits: Partial<ExtractorSettings> = {}) =>
    extractTexts(open, { leaves, depthMax: 64, valueBytesMax: 1 << 20, ...limits }, texts)

  describe('one value', () => {
    it.each(cells)('%s from %s', (type, token, expected, flags = 0) => {
      const { rows } = extract([leafOf(type)], [`{"v":${token}}`, `{ "v" : ${token} }`, '{}', `{"v":${token}}`])
      for (const row of [rows[0]!, rows[1]!, rows[3]!]) expect(row).toEqual({ flags, cells: [expected] })
      expect(rows[2]).toEqual({ flags: 0, cells: [null] })
    })

    it('of null is nothing, whatever the path', () => {
      const { rows } = extract([leafOf('BIGINT')], ['{"v":null,"w":null,"x":{"y":null}}'])
      expect(rows).toEqual([{ flags: 0, cells: [null] }])
    })
  })

  describe('a path', () => {
    const a: Leaf = { path: ['a'], type: 'VARCHAR' }
    const ab: Leaf = { path: ['a', 'b'], type: 'VARCHAR' }

    it('may be a value in one row and an object in the next', () => {
      const { rows } = extract([a, ab], ['{"a":"x"}', '{"a":{"b":"y"}}', '{"a":{}}'])
      expect(rows.map((row) => row.cells)).toEqual([
        ['x', null],
        [null, 'y'],
        [null, null],
      ])
      expect(rows.map((row) => row.flags)).toEqual([0, 0, 0])
    })

    it.each<[string, number]>([
      ['{"b":1}', unknown],
      ['{"b":[]}', unknown],
      ['{"b":{}}', 0],
      ['{"b":{"c":{"d":null}}}', 0],
      ['{"b":{"c":{"d":false}}}', unknown],
      ['{"a":{"c":1}}', unknown],
      ['{"a":{"a":{"b":1}}}', unknown],
    ])('without a leaf is unknown where a value stands: %s', (text, flags) => {
      expect(extract([a, ab], [text]).rows[0]!.flags).toBe(flags)
    })

    it('of depthMax keys ends at any value', () => {
      const leaves: Leaf[] = [
        { path: ['a', 'b'], type: 'JSON' },
        { path: ['a', 'n'], type: 'DISCARD' },
        { path: ['a', 't'], type: 'VARCHAR' },
      ]
      const texts = [
        '{"a":{"b":{"c": {"d":[1,{}]}}}}',
        '{"a":{"b":{}}}',
        '{"a":{"n":{"x":1,"x":2}}}',
        '{"a":{"x":{}}}',
        '{"a":{"t":{}}}',
      ]
      const { rows } = extract(leaves, texts, { depthMax: 2 })
      expect(rows.map((row) => row.cells[0])).toEqual(['{"c": {"d":[1,{}]}}', '{}', null, null, null])
      expect(rows.map((row) => row.flags)).toEqual([0, 0, 0, unknown, misfit])
    })

    it('may have 64 keys', () => {
      const path = Array.from({ length: 64 }, (_, index) => (index === 63 ? 'last' : 'k'))
      const nested = (value: string, depth: number) => '{"k":'.repeat(depth) + value + '}'.repeat(depth)
      const texts = [nested('{"last":1}', 63), nested('{"last":{"x":[]}}', 63), nested('{}', 63), nested('{}', 64)]
      const { rows } = extract([{ path, type: 'JSON' }], texts)
      expect(rows.map((row) => row.cells[0])).toEqual(['1', '{"x":[]}', null, null])
      expect(rows.map((row) => row.flags)).toEqual([0, 0, 0, unknown])
    })

    it('ends in a field that is discarded: scalars and arrays are swallowed, members of objects are not', () => {
      const texts = ['{"v":1e400}', '{"v":[{"x":1,"x":2},"\\ud800"]}', '{"v":"\\ud800"}', '{"v":{}}', '{"v":{"w":1}}']
      const { rows, extraction } = extract([leafOf('DISCARD')], texts)
      expect(rows.map((row) => row.flags)).toEqual([0, 0, 0, 0, unknown])
      expect(extraction.columns[0]!.valid.length).toBe(0)
    })
  })

  describe('keys', () => {
    const leavesOf = (...keys: string[]): Leaf[] => keys.map((key) => ({ path: [key], type: 'BIGINT' }))

    it.each([
      ['a', '\\u0061'],
      ['', ''],
      ['a"b', 'a\\"b'],
      ['a:', 'a:'],
      ['a":', 'a\\":'],
      ['a\\', 'a\\\\'],
      ['😀', '😀'],
      ['😀', '\\ud83d\\ude00'],
      ['ключ', '\\u043Aлю\\u0447'],
      ['\ud800', '\\uD800'],
      ['\u0000', '\\u0000'],
      ['a/b\n', 'a\\/b\\n'],
      ['__proto__', '__proto__'],
      ['constructor', 'constructor'],
      ['x'.repeat(1024), `\\u0078${'x'.repeat(1023)}`],
    ])('are the same text however they are written: %j', (key, written) => {
      const { rows } = extract(leavesOf(key), [`{"${written}":5}`, `{"${written}":6}`, `{"x${written}":7}`])
      expect(rows.map((row) => row.cells[0])).toEqual([5n, 6n, null])
      expect(rows.map((row) => row.flags)).toEqual([0, 0, unknown])
    })

    it.each([
      ['a', ['ab', '', 'b', 'A', 'a\\u0000', 'a ']],
      ['a":', ['a', 'a:']],
      ['\ud800', ['\ufffd', '\\ufffd', '\\udc00']],
      ['sixteen_letters_', ['sixteen_letters', 'sixteen_letters_x', 'sixteen_letters-']],
    ])('are different if any character is: %j', (key, others) => {
      const { rows } = extract(
        leavesOf(key),
        others.map((other) => `{"${other}":1}`),
      )
      expect(rows.map((row) => row.flags)).toEqual(others.map(() => unknown))
    })

    it.each([
      '{"a":1,"a":2}',
      '{"a":null,"a":2}',
      '{"a":1,"\\u0061":null}',
      '{"a":null,"b":1,"a":null}',
      '{"o":{"x":1},"o":{"y":1}}',
      '{"o":{"x":1},"o":null}',
      '{"o":{"x":1,"y":2,"x":1}}',
    ])('that repeat on the way to a leaf are flagged: %s', (text) => {
      const leaves = [
        ...leavesOf('a', 'b'),
        { path: ['o', 'x'], type: 'BIGINT' },
        { path: ['o', 'y'], type: 'BIGINT' },
      ] as const
      const { rows } = extract([...leaves], ['{"a":1}', text, '{"a":3}'])
      expect(rows.map((row) => row.flags & duplicateKey)).toEqual([0, duplicateKey, 0])
      expect(rows[2]!.cells[0]).toBe(3n)
    })

    it('may come in any order, a thousand of them, and some not at all', () => {
      const random = openRandom(1)
      const names = Array.from({ length: 1000 }, (_, index) => `field_${index}`)
      const texts = Array.from({ length: 20 }, (_, row) => {
        const order = row < 3 ? names : names.filter(() => random() < 0.5).sort(() => random() - 0.5)
        return `{${order.map((name) => `"${name}":1${name.slice(6)}${row}`).join()}}`
      })
      const { rows } = extract(leavesOf(...names), texts)
      for (const [row, { flags, cells }] of rows.entries()) {
        const event = JSON.parse(texts[row]!)
        expect(flags).toBe(0)
        expect(cells).toEqual(names.map((name) => (name in event ? BigInt(event[name]) : null)))
      }
    })
  })

  describe('a batch', () => {
    const leaves: Leaf[] = [
      { path: ['t'], type: 'VARCHAR' },
      { path: ['n'], type: 'BIGINT' },
    ]
    const texts = Array.from({ length: 37 }, (_, row) =>
      row % 3 === 0 ? '{}' : `{"t":"text ${'x'.repeat(row)}","n":${row}}`,
    )
    const all = extract(leaves, texts)

    it('may come in several parts, and only some of their rows', () => {
      const settings = { leaves, depthMax: 64, valueBytesMax: 100 }
      const pickedRows = [0, 1, 2, 5, 6, 7, 20, 36]
      const { rows } = extractTexts(open, settings, texts, { parts: 5, pickedRows })
      expect(rows).toEqual(pickedRows.map((row) => all.rows[row]))
    })

    it('may be empty', () => {
      const { extraction } = extract(leaves, [])
      expect(extraction.rowCount).toBe(0)
      expect(extraction.columns).toHaveLength(2)
    })

    it('may have no leaves', () => {
      const { rows } = extract([], ['{}', '{"a":1}', '{"a":{}}'])
      expect(rows.map((row) => row.flags)).toEqual([0, unknown, 0])
    })

    it('counts the rows that must not be loaded as they are', () => {
      const { extraction } = extract(leaves, ['{"t":"\\ud800"}', '{"x":1}', '{"n":1.5}', '{}', '{"n":1,"n":1}'])
      expect(extraction.flaggedCount).toBe(3)
    })

    it('is left alone by the next one', () => {
      const extractor = open({ leaves, depthMax: 64, valueBytesMax: 100 })
      const first = extractTexts(() => extractor, { leaves, depthMax: 64, valueBytesMax: 100 }, ['{"t":"one","n":1}'])
      extractTexts(() => extractor, { leaves, depthMax: 64, valueBytesMax: 100 }, ['{"t":"two","n":2}', '{"q":1}'])
      expect(first.read()).toEqual([{ flags: 0, cells: ['one', 1n] }])
    })

    it('may be large, with rows of any size, most of them left out', () => {
      const random = openRandom(2)
      const lengths = Array.from({ length: 6000 }, (_, row) => (row < 3 ? 200_000 : Math.floor(random() ** 8 * 3000)))
      const many = lengths.map((length, row) => `{"n":${row},"t":"${'x'.repeat(length)}${row}"}`)
      const expected = lengths.map((length, row) => ({ flags: 0, cells: [`${'x'.repeat(length)}${row}`, BigInt(row)] }))
      const settings = { leaves, depthMax: 64, valueBytesMax: 1 << 20 }
      expect(extractTexts(open, settings, many).rows).toEqual(expected)
      const pickedRows = lengths
        .keys()
        .filter((row) => row % 7 < 3 || row > 5900)
        .toArray()
      const picked = extractTexts(open, settings, many, { parts: 3, pickedRows })
      expect(picked.rows).toEqual(pickedRows.map((row) => expected[row]))
    })

    it('keeps neighbours of a huge row', () => {
      const huge = 'ü'.repeat(400_000)
      const { rows } = extract(leaves, [
        '{"t":"before"}',
        `{"t":"${huge}","n":1}`,
        `{"t":"\\n${huge}"}`,
        '{"t":"after"}',
      ])
      expect(rows.map((row) => row.cells[0])).toEqual(['before', huge, `\n${huge}`, 'after'])
    })
  })

  it('flags a text beyond valueBytesMax, counted unescaped, a JSON value as it is written', () => {
    const leaves: Leaf[] = [
      { path: ['t'], type: 'VARCHAR' },
      { path: ['j'], type: 'JSON' },
    ]
    const texts = [
      '{"t":"12345678"}',
      '{"t":"123456789"}',
      '{"t":"\\u0041\\u00e9\\n1234"}',
      '{"t":"漢字漢"}',
      '{"j":[1,2,34]}',
      '{"j":[1, 2, 3]}',
      '{"t":123456789}',
    ]
    const { rows } = extract(leaves, texts, { valueBytesMax: 8 })
    expect(rows.map((row) => row.flags)).toEqual([0, 1, 0, 1, 0, 1, 1].map((over) => over * valueTooLarge))
  })

  it.each<[string, Leaf[]]>([
    ['the same path twice', [leafOf('JSON'), leafOf('BIGINT')]],
    ['an empty path', [{ path: [], type: 'JSON' }]],
    ['a path beyond depthMax', [{ path: ['a', 'b', 'c'], type: 'JSON' }]],
    ['a DECIMAL without scale', [{ path: ['a'], type: 'DECIMAL' }]],
    ['a scale of 39', [{ path: ['a'], type: 'DECIMAL', scale: 39 }]],
  ])('refuses leaves with %s', (_, leaves) => {
    expect(() => open({ leaves, depthMax: 2, valueBytesMax: 100 })).toThrow(RangeError)
  })

  it('means what JSON.parse means wherever it flags nothing', () => {
    let plainRows = 0
    for (let seed = 0; seed < 40; seed++) {
      const random = openRandom(seed)
      const depthMax = seed % 3 === 0 ? 2 : 64
      const leaves = randomLeaves(random, 60, 3).filter((leaf) => leaf.path.length <= depthMax)
      const texts = Array.from({ length: 60 }, () => randomEvent(random))
      plainRows += expectSameMeaning(extract(leaves, texts, { depthMax }), leaves, texts, depthMax)
    }
    expect(plainRows).toBeGreaterThan(100)
  })
}
