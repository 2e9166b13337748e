import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { askMissing } from './setting-prompts.ts'

const settings = {
  required: ['url', 'size', 'token', 'format'],
  properties: {
    url: { type: 'string', description: 'Where it is' },
    size: { type: 'integer' },
    token: { type: 'string', writeOnly: true, description: 'Of who asks' },
    format: { type: 'string', enum: ['csv', 'json'] },
    more: { type: 'string' },
  },
}

function terminal(isTTY = true) {
  const stdin = Object.assign(new PassThrough(), { isTTY })
  let shown = ''
  const stderr = {
    write(text: string) {
      shown += text
    },
  }
  return { stdin, stderr: stderr as never, shown: () => shown }
}

test('what is needed and was not given is asked for, secrets without showing them', async () => {
  const { stdin, stderr, shown } = terminal()
  const asked = askMissing({ stdin, stderr }, settings, { url: 'https://a' })
  for (const [name, line] of [
    ['size', '12\n'],
    ['token', 'hush-hush\n'],
    ['format', 'csv\n'],
  ] as const) {
    await expect.poll(shown, { timeout: 10_000 }).toContain(name)
    stdin.write(line)
  }
  expect(await asked).toEqual({ url: 'https://a', size: 12, token: 'hush-hush', format: 'csv' })
  expect(shown()).toContain('token (Of who asks): ')
  expect(shown()).toContain('format (csv, json): ')
  expect(shown()).not.toContain('hush')
})

test('a digit is a text where a text is needed, and an empty answer leaves a setting out', async () => {
  const { stdin, stderr } = terminal()
  const asked = askMissing({ stdin, stderr }, { required: ['a', 'b'], properties: { a: { type: 'string' } } }, {})
  stdin.write('7\n\n')
  expect(await asked).toEqual({ a: '7' })
})

test('nobody is asked where nobody looks, nor where all is given', async () => {
  const away = terminal(false)
  expect(await askMissing(away, settings, {})).toEqual({})
  const there = terminal()
  const all = { url: 'a', size: 1, token: 't', format: 'csv' }
  expect(await askMissing(there, settings, all)).toEqual(all)
  expect(there.shown()).toBe('')
})
