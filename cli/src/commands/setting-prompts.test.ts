import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { askSettings } from './setting-prompts.ts'

const settings = {
  required: ['url', 'size', 'token', 'format'],
  properties: {
    more: { type: 'string', default: 'some' },
    url: { type: 'string', description: 'Where it is' },
    size: { type: 'integer' },
    token: { type: 'string', writeOnly: true, description: 'Of who asks' },
    format: { type: 'string', enum: ['csv', 'json'] },
    password: { type: 'string', writeOnly: true },
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
  /** Each line is typed when its question stands there. */
  const type = async (lines: readonly (readonly [question: string, line: string])[]) => {
    for (const [question, line] of lines) {
      await expect.poll(() => shown, { timeout: 10_000 }).toContain(question)
      stdin.write(`${line}\n`)
    }
  }
  return { stdin, stderr: stderr as never, shown: () => shown, type }
}

test('what is needed is asked for first, then the rest, secrets without showing them', async () => {
  const { stdin, stderr, shown, type } = terminal()
  const asked = askSettings({ stdin, stderr }, settings, { url: 'https://a' })
  await type([
    ['size: ', '12'],
    ['token (Of who asks): ', 'hush-hush'],
    ['format (csv, json): ', 'csv'],
    ['more [some]: ', ''],
    ['password: ', 'hush-too'],
  ])
  const answers = { url: 'https://a', size: 12, token: 'hush-hush', format: 'csv', password: 'hush-too' }
  expect(await asked).toEqual(answers)
  expect(shown()).toMatch(/size.*token.*format.*Optional: Enter keeps.*more.*password/s)
  expect(shown()).not.toContain('hush')
})

test('what cannot be meant is asked for again', async () => {
  const { stdin, stderr, shown } = terminal()
  const asked = askSettings({ stdin, stderr }, settings, { url: 'a', size: 1, token: 't', more: 'm', password: 'p' })
  stdin.write('xml\njson\n')
  expect(await asked).toMatchObject({ format: 'json' })
  expect(shown()).toContain('One of csv, json.')
})

test('a digit is a text where a text is needed, and an empty answer leaves a setting out', async () => {
  const { stdin, stderr } = terminal()
  const asked = askSettings(
    { stdin, stderr },
    { required: ['a', 'b'], properties: { a: { type: 'string' }, b: {} } },
    {},
  )
  stdin.write('7\n\n')
  expect(await asked).toEqual({ a: '7' })
})

test('a full stop, or no more lines, keeps all that is left as it is', async () => {
  const properties = { a: { type: 'string' }, b: { type: 'string' }, c: { type: 'string' } }
  const enough = terminal()
  const asked = askSettings(enough, { properties }, {})
  enough.stdin.write('1\n.\n')
  expect(await asked).toEqual({ a: '1' })
  const ending = terminal()
  const cut = askSettings(ending, { properties }, {})
  ending.stdin.end('1\n')
  expect(await cut).toEqual({ a: '1' })
})

const grouped = {
  properties: {
    store: {
      type: 'object',
      description: 'A store of objects',
      required: ['bucket'],
      properties: { region: { type: 'string', default: 'eu' }, bucket: { type: 'string' } },
    },
    auth: {
      default: { type: 'none' },
      oneOf: [
        { properties: { type: { const: 'none' } } },
        { required: ['key'], properties: { type: { const: 'key' }, key: { type: 'string', writeOnly: true } } },
      ],
    },
  },
}

test('settings below a setting are asked for where it is wanted, and those of the variant that is chosen', async () => {
  const { stdin, stderr, shown, type } = terminal()
  const asked = askSettings({ stdin, stderr }, grouped, {})
  await type([
    ['store (A store of objects; yes, no) [false]: ', 'yes'],
    ['store.bucket: ', 'raw'],
    ['store.region [eu]: ', ''],
    ['auth.type (none, key) [none]: ', 'key'],
    ['auth.key: ', 'hush'],
  ])
  expect(await asked).toEqual({ store: { bucket: 'raw' }, auth: { type: 'key', key: 'hush' } })
  expect(shown()).not.toContain('hush')
  const plain = terminal()
  const none = askSettings(plain, grouped, {})
  plain.stdin.write('\n\n')
  expect(await none).toEqual({})
})

test('Ctrl-C ends it, and nothing is made of what was answered', async () => {
  const { stdin, stderr, type } = terminal()
  const asked = askSettings({ stdin, stderr }, settings, { url: 'a', size: 1, token: 't', format: 'csv' })
  const outcome = expect(asked).rejects.toThrow('Nothing was done')
  await type([['more [some]: ', '\u0003']])
  await outcome
})

test('nobody is asked where nobody looks, nor where all is given, nor beyond what is needed where that is enough', async () => {
  const away = terminal(false)
  expect(await askSettings(away, settings, {})).toEqual({})
  const there = terminal()
  const needed = { url: 'a', size: 1, token: 't', format: 'csv' }
  const all = { ...needed, more: 'm', password: 'p' }
  expect(await askSettings(there, settings, all)).toEqual(all)
  expect(await askSettings(there, settings, needed, { isBrief: true })).toEqual(needed)
  expect(there.shown()).toBe('')
})
