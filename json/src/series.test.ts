import { describe, expect, it } from 'vitest'
import { openSeriesWriter } from './series.ts'

const writer = openSeriesWriter({
  members: ['key', 'value', 'epoch'],
  nameBytesMax: 12,
  secondsEnd: 1e9,
  endings: { text: ',"is":"a text"}', number: ',"is":1}', boolean: ',"is":true}' },
})!

/** The rows of records and their times; undefined where they are not written. */
function rowsOf(records: readonly string[]) {
  const body = Buffer.from(`[${records.join(',')}]`)
  let at = 1
  const starts: number[] = []
  const ends = records.map((record) => {
    starts.push(at)
    at += Buffer.byteLength(record) + 1
    return at - 1
  })
  const written = writer.write(body, Uint32Array.from(starts), Uint32Array.from(ends))
  return (
    written &&
    Array.from(written.ends, (end, index) => ({
      row: written.rows.toString('utf8', index === 0 ? 0 : written.ends[index - 1], end),
      time: written.times[index],
    }))
  )
}

describe('the writer of series', () => {
  it.each([
    ['{"key":"k","value":1,"epoch":1.5}', '{"key":"k","value":1,"epoch":1.5,"is":1}', 1500],
    ['{"key": "k", "value": -1e5, "epoch": 0.001}', '{"key": "k", "value": -1e5, "epoch": 0.001,"is":1}', 1],
    ['{"key":"","value":"","epoch":12.0}', '{"key":"","value":"","epoch":12.0,"is":"a text"}', 12_000],
    ['{"key":"ü\\"}","value":"\\\\","epoch":1.0}', '{"key":"ü\\"}","value":"\\\\","epoch":1.0,"is":"a text"}', 1000],
    ['{"key":"k","value":false,"epoch":2.0}', '{"key":"k","value":false,"epoch":2.0,"is":true}', 2000],
    ['{"key":"k","value":true,"epoch":1.9999999}', '{"key":"k","value":true,"epoch":1.9999999,"is":true}', 2000],
  ])('writes %s as %s', (record, row, time) => {
    expect(rowsOf([record, record])).toEqual([
      { row, time },
      { row, time },
    ])
  })

  it.each([
    ['another order', '{"value":1,"key":"k","epoch":1.5}'],
    ['another name', '{"kex":"k","value":1,"epoch":1.5}'],
    ['one member less', '{"key":"k","value":1}'],
    ['one member more', '{"key":"k","value":1,"epoch":1.5,"a":1}'],
    ['a member twice', '{"key":"k","value":1,"epoch":1.5,"epoch":1.5}'],
    ['other spaces', '{"key":"k","value":1, "epoch":1.5}'],
    ['a space at the end', '{"key":"k","value":1,"epoch":1.5 }'],
    ['a name that is no text', '{"key":1,"value":1,"epoch":1.5}'],
    ['a long name', '{"key":"12345678901","value":1,"epoch":1.5}'],
    ['null', '{"key":"k","value":null,"epoch":1.5}'],
    ['an array', '{"key":"k","value":[1],"epoch":1.5}'],
    ['an object', '{"key":"k","value":{"a":1},"epoch":1.5}'],
    ['whole seconds', '{"key":"k","value":1,"epoch":1}'],
    ['an exponent', '{"key":"k","value":1,"epoch":1.5e3}'],
    ['seconds before 1970', '{"key":"k","value":1,"epoch":-1.5}'],
    ['seconds as text', '{"key":"k","value":1,"epoch":"1.5"}'],
    ['seconds that are too many', '{"key":"k","value":1,"epoch":1000000000.0}'],
    ['more digits than a double has', '{"key":"k","value":1,"epoch":4.503599627370496}'],
    ['many digits', '{"key":"k","value":1,"epoch":0.0000000000000001}'],
  ])('leaves all to its caller for %s', (_, record) => {
    expect(rowsOf(['{"key":"k","value":1,"epoch":1.5}', record])).toBeUndefined()
  })

  it('writes nothing of nothing', () => {
    expect(rowsOf([])).toEqual([])
  })

  it('refuses names and endings that it has no room for', () => {
    const layout = { members: ['k', 'v', 't'] as const, nameBytesMax: 1, secondsEnd: 1 }
    const endings = { text: '', number: '', boolean: '' }
    expect(() => openSeriesWriter({ ...layout, endings: { ...endings, number: 'x'.repeat(45) } })).toThrow(RangeError)
    expect(() => openSeriesWriter({ ...layout, members: ['k', 'v', 'x'.repeat(12)], endings })).toThrow(RangeError)
  })
})
