import { createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { inputOf } from './protocols/request.fixture.ts'
import { checkSignature } from './signature.ts'

const now = 1_700_000_000_000
const body = Buffer.from('{"type":"t","data":{}}')
const input = inputOf('native', { signingSecret: 'right', previousSigningSecret: 'older' })

const digest = (secret: string, seconds = now / 1000, text: Uint8Array = body) =>
  createHmac('sha256', secret).update(`${seconds}.`).update(text).digest('hex')
const check =
  (header: string | string[] | undefined, of = input) =>
  () =>
    checkSignature(of, header, body, now)
const at = now / 1000

test.each([
  ['the secret', `t=${at},v1=${digest('right')}`],
  ['the one before', `t=${at},v1=${digest('older')}`],
  ['capitals', `t=${at},v1=${digest('right').toUpperCase()}`],
  ['blanks', ` t=${at} , v1=${digest('right')} `],
  ['several, one of them right', `t=${at},v1=${digest('wrong')},v1=${digest('right')}`],
  ['five minutes ago', `t=${at - 300},v1=${digest('right', at - 300)}`],
  ['another version beside it', `t=${at},v0=abc,v1=${digest('right')}`],
])('%s is right', (_, header) => expect(check(header)).not.toThrow())

test.each([
  ['none', undefined],
  ['an empty one', ''],
  ['two headers', ['a', 'b']],
  ['another secret', `t=${at},v1=${digest('wrong')}`],
  ['another body', `t=${at},v1=${digest('right', at, Buffer.from('{}'))}`],
  ['another time than was signed', `t=${at + 1},v1=${digest('right')}`],
  ['too old', `t=${at - 301},v1=${digest('right', at - 301)}`],
  ['from the future', `t=${at + 301},v1=${digest('right', at + 301)}`],
  ['no time', `v1=${digest('right')}`],
  ['no digest', `t=${at}`],
  ['a short digest', `t=${at},v1=${digest('right').slice(2)}`],
  ['a long digest', `t=${at},v1=${digest('right')}00`],
  ['what is no hexadecimal', `t=${at},v1=${'z'.repeat(64)}`],
  ['garbage', '\u0000=,,,=t=v1'],
  ['a right one behind too many', `t=${at},${'v1=x,'.repeat(8)}v1=${digest('right')}`],
])('%s is not', (_, header) => {
  expect(check(header)).toThrow(expect.objectContaining({ code: 'unauthenticated' }))
})

test('an input without a secret asks for no signature, and looks at none', () => {
  expect(check('garbage', inputOf('native'))).not.toThrow()
})
