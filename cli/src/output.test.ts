import { expect, test } from 'vitest'
import { openOutput } from './output.ts'

/** What a person sees of a failure. */
function told(message: string, faults: { place: string; message: string }[]): string {
  const parts: string[] = []
  const sink = { isTTY: true, write: (part: string) => parts.push(part) }
  const world = { stdout: sink, stderr: sink, env: { NO_COLOR: '1' } } as unknown as Parameters<typeof openOutput>[0]
  openOutput(world, undefined).fail({ exitCode: 1, code: 'failed', message, hint: undefined, faults })
  return parts.join('')
}

test('a message that is the sum of all faults is not said beside them', () => {
  const faults = [
    { place: 'sources.0', message: 'There is no table a' },
    { place: 'sources.1', message: 'There is no table b' },
  ]
  expect(told('There is no table a. There is no table b', faults)).toBe(
    'error: sources.0: There is no table a\nerror: sources.1: There is no table b\n',
  )
  expect(told('Two things are wrong', faults)).toBe(
    'error: Two things are wrong\nsources.0: There is no table a\nsources.1: There is no table b\n',
  )
})
