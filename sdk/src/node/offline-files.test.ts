/** Files of the older clients, as they write them: every line is logged, or told by its number. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Client, ClientStats } from '../types.ts'
import { importMissedEvents, importOfflineRows } from './offline-files.ts'

let folder: string
let logged: unknown[][]

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-offline-'))
  logged = []
})
afterEach(() => rmSync(folder, { recursive: true }))

function file(text: string): string {
  const path = join(folder, 'file')
  writeFileSync(path, text)
  return path
}

/** Takes what is not longer than 20 characters, and says each time that it is full now. */
function client(): Pick<Client, 'log' | 'ready' | 'stats'> {
  let hasRoom = true
  return {
    ready: async () => {
      hasRoom = true
    },
    log(key, value, epoch) {
      if (!hasRoom || String(value).length > 20) return false
      logged.push([key, value, epoch])
      hasRoom = false
      return false
    },
    stats: () => ({ accepted: logged.length }) as ClientStats,
  }
}

describe('err_missed_events.txt', () => {
  it('is logged value by value, and names the buckets in it', async () => {
    const path = file(
      [
        '{"bucketKey": "bk1", "bucketName": "Some Bucket"}',
        '[{"key": "t", "value": 21.5, "epoch": 1419876021.778477}, {"key": "s", "value": "32", "epoch": 2}]',
        '[]',
        '[{"signal": "older", "value": true, "epoch": 3}, {"key": "n", "value": null, "epoch": 4}]\r',
        '',
      ].join('\n'),
    )
    expect(await importMissedEvents(client(), path)).toEqual({
      values: 4,
      malformed: [],
      buckets: [{ key: 'bk1', name: 'Some Bucket' }],
    })
    expect(logged).toEqual([
      ['t', 21.5, 1419876021.778477],
      ['s', '32', 2],
      ['older', true, 3],
      ['n', null, 4],
    ])
  })

  it('may hold what Python writes for no number, which is null, and texts of that name', async () => {
    const path = file(
      '[{"key": "NaN", "value": NaN, "epoch": 1}, {"key": "b", "value": "\\"Infinity", "epoch": 2}, {"key": "c", "value": -Infinity, "epoch": 3}]',
    )
    expect(await importMissedEvents(client(), path)).toMatchObject({ values: 3, malformed: [] })
    expect(logged).toEqual([
      ['NaN', null, 1],
      ['b', '"Infinity', 2],
      ['c', null, 3],
    ])
  })

  it('tells what it cannot read by line and place, and logs the rest', async () => {
    const path = file(
      [
        '[{"key": "a", "value": 1, "epoch": 1}]',
        '',
        '[{"key": "cut", "va',
        '"text"',
        '{"other": 1}',
        '[{"value": 1, "epoch": 1}, {"key": "b", "value": 2, "epoch": 2}, {"key": "c", "value": 3, "epoch": "soon"}, 7]',
        '[{"key": "d", "value": "far longer than the client takes", "epoch": 1}]',
        '[{"key": "e", "value": 5, "epoch": 5}]',
      ].join('\n'),
    )
    const { values, malformed } = await importMissedEvents(client(), path)
    expect(values).toBe(3)
    expect(logged.map(([key]) => key)).toEqual(['a', 'b', 'e'])
    expect(malformed).toEqual([
      { line: 3, reason: 'It is no JSON', text: '[{"key": "cut", "va' },
      { line: 4, reason: 'It is neither a list nor a bucket', text: '"text"' },
      { line: 5, reason: 'It is neither a list nor a bucket', text: '{"other": 1}' },
      { line: 6, index: 0, reason: 'It has no key', text: '{"value":1,"epoch":1}' },
      { line: 6, index: 2, reason: 'Its epoch is no number', text: '{"key":"c","value":3,"epoch":"soon"}' },
      { line: 6, index: 3, reason: 'It has no key', text: '7' },
      { line: 7, index: 0, reason: expect.stringContaining('did not take it'), text: expect.stringContaining('"d"') },
    ])
  })

  it('a file that is not there is an error of the file system', async () => {
    await expect(importMissedEvents(client(), join(folder, 'none'))).rejects.toThrow('ENOENT')
  })
})

describe('an offline file', () => {
  it('is read as Python’s csv.writer writes it', async () => {
    const path = file('1419876021.5,k,1.5\r\n2,t,"a, ""b""\r\nc"\r\n3,"x,y",True\r\n4,none,\r\n5,last,"q"')
    expect(await importOfflineRows(client(), path)).toEqual({ values: 5, malformed: [], buckets: [] })
    expect(logged).toEqual([
      ['k', 1.5, 1419876021.5],
      ['t', 'a, "b"\r\nc', 2],
      ['x,y', true, 3],
      ['none', '', 4],
      ['last', 'q', 5],
    ])
  })

  it.each([
    ['-1e3', -1000],
    ['0', 0],
    ['0.10', 0.1],
    ['007', '007'],
    ['0x10', '0x10'],
    ['12345678901234567890', '12345678901234567890'],
    ['1e999', '1e999'],
    [' 1', ' 1'],
    ['nan', 'nan'],
    ['false', false],
    ['a, b', 'a, b'],
  ])('the value %j is %j', async (text, value) => {
    await importOfflineRows(client(), file(`1,k,${text}\n`))
    expect(logged).toEqual([['k', value, 1]])
  })

  it('tells what it cannot read by its line, and a quote that does not end costs its line alone', async () => {
    const path = file('1,a,1\nx,b,2\n3,c\n,d,4\n5,,5\n6,"e,6\n7,"f\n\ng",7\n8,h,8\n')
    const { values, malformed } = await importOfflineRows(client(), path)
    expect(values).toBe(3)
    expect(logged.map(([key]) => key)).toEqual(['a', 'f\n\ng', 'h'])
    expect(malformed.map(({ line, reason }) => [line, reason])).toEqual([
      [2, 'Its epoch is no number'],
      [3, 'It has less than three columns'],
      [4, 'Its epoch is no number'],
      [5, 'It has no key'],
      [6, expect.any(String)],
    ])
  })
})
