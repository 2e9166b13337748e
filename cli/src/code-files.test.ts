import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ClientError } from '@millrace/client/client'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { faultAt, inFiles, modulesOf, readCodeFiles, sourcesOf } from './code-files.ts'
import { type FakeWorld, openFakeWorld } from './fake-world.ts'
import type { World } from './world.ts'

let world: FakeWorld
beforeEach(async () => {
  world = await openFakeWorld()
})
afterEach(() => world.remove())

async function read(...files: [path: string, code: string][]) {
  for (const [path, code] of files) await writeFile(join(world.folder, path), code)
  return readCodeFiles(
    { cwd: world.folder } as World,
    files.map(([path]) => path),
  )
}

describe('a file', () => {
  it('is a module of its name, in the language of its ending', async () => {
    expect(modulesOf(await read(['main.ts', 'a'], ['helper.py', 'b'], ['third.mjs', 'c']))).toEqual([
      { name: 'main', language: 'typescript', code: 'a' },
      { name: 'helper', language: 'python', code: 'b' },
      { name: 'third', language: 'javascript', code: 'c' },
    ])
  })

  it.each([
    [[['main.rb', 'a']], 'in which language main.rb is'],
    [
      [
        ['main.ts', 'a'],
        ['main.py', 'b'],
      ],
      'main.ts and main.py are both the module main',
    ],
    [[['main.ts', '']], 'main.ts is empty'],
  ] as [[string, string][], string][])('%j is refused', async (files, reason) => {
    await expect(read(...files)).rejects.toThrow(reason)
  })
})

describe('a mistake', () => {
  const sources = new Map([['main', { path: 'code/main.ts', code: 'first\n\treturn event.a.b\n' }]])

  it('is shown in its file, with the line and a caret', () => {
    expect(faultAt({ module: 'main', line: 2, column: 9 }, 'No a', sources)).toEqual({
      place: 'code/main.ts:2:9',
      message: 'No a',
      excerpt: '   return event.a.b\n          ^',
    })
  })

  it('in a long line is shown with what is around it', () => {
    const code = `${'x'.repeat(500)}!${'y'.repeat(500)}`
    const { excerpt = '' } = faultAt(
      { module: 'm', line: 1, column: 501 },
      '',
      new Map([['m', { path: 'm.js', code }]]),
    )
    const [text = '', caret = ''] = excerpt.split('\n')
    expect(text.length).toBeLessThan(110)
    expect(text[caret.indexOf('^')]).toBe('!')
  })

  it('of a module that is not here, or without a line, has its place alone', () => {
    expect(faultAt({ module: 'other', line: 3 }, 'x', sources)).toEqual({ place: 'other:3', message: 'x' })
    expect(faultAt({ module: 'main' }, 'x', sources)).toEqual({ place: 'code/main.ts', message: 'x' })
    expect(faultAt({ module: 'main', line: 99 }, 'x', sources)).toEqual({ place: 'code/main.ts:99', message: 'x' })
  })

  it('that the server tells is one of these, any other failure stays', () => {
    const fields = [{ field: 'main:2:9', message: 'No a' }]
    const refusal = new ClientError({ status: 422, code: 'invalid_code', detail: 'main:2:9: No a', fields })
    expect(inFiles(refusal, sources)).toMatchObject({ code: 'invalid_code', faults: [{ place: 'code/main.ts:2:9' }] })
    const other = new ClientError({ status: 403, code: 'forbidden', detail: 'No' })
    expect(inFiles(other, sourcesOf([]))).toBe(other)
  })
})
