import { expect, test } from 'vitest'
import { questionsOf, questionText, readAnswer, variantsOf } from './setting-questions.ts'

test('what is needed comes first, and what is given or never varies is not asked', () => {
  const schema = {
    required: ['b', 'c'],
    properties: { a: { type: 'string' }, b: { type: 'string' }, c: { type: 'string' }, kind: { const: 'x' } },
  }
  const { needed, others } = questionsOf(schema, { c: 1 })
  expect(needed.map(({ name }) => name)).toEqual(['b'])
  expect(others.map(({ name }) => name)).toEqual(['a'])
})

test.each([
  ['plain', { type: 'string' }, 'plain: '],
  ['with its help', { type: 'string', description: 'Where' }, 'with its help (Where): '],
  ['choice', { type: 'string', enum: ['a', 'b'], default: 'a' }, 'choice (a, b) [a]: '],
  ['empty', { type: 'string', default: '' }, 'empty [none]: '],
  ['nothing', { type: 'object', default: {} }, 'nothing (JSON) [none]: '],
  ['yes', { type: 'boolean', default: false }, 'yes (yes, no) [false]: '],
  ['list', { type: 'array', items: { type: 'string' } }, 'list (with commas between): '],
  ['secret', { type: 'string', writeOnly: true, default: 'x' }, 'secret: '],
])('a question tells what is meant and what is usual: %s', (name, schema, text) => {
  expect(questionText(name, schema)).toBe(text)
})

test.each([
  ['7', { type: 'string' }, '7'],
  ['7', { type: 'integer' }, 7],
  ['7.5', { type: 'number' }, 7.5],
  ['No', { type: 'boolean' }, false],
  ['y', { type: 'boolean' }, true],
  ['a, b', { type: 'array', items: { type: 'string' } }, ['a', 'b']],
  ['["a, b"]', { type: 'array', items: { type: 'string' } }, ['a, b']],
  ['a', { type: 'array', items: { anyOf: [{ type: 'string' }, { type: 'object' }] } }, ['a']],
  ['{"a":1}', { type: 'object' }, { a: 1 }],
  ['2', { enum: [1, 2] }, 2],
  ['text', {}, 'text'],
])('%s is read as its setting asks', (text, schema, value) => {
  expect(readAnswer(text, schema)).toEqual({ value })
})

test.each([
  ['7.5', { type: 'integer' }],
  ['seven', { type: 'number' }],
  ['maybe', { type: 'boolean' }],
  ['{', { type: 'object' }],
  ['[', { type: 'array', items: { type: 'string' } }],
  ['c', { enum: ['a', 'b'] }],
])('%s is told to be wrong', (text, schema) => {
  expect(readAnswer(text, schema)).toEqual({ fault: expect.any(String) })
})

test('variants are told apart by what is constant in each', () => {
  const basic = { properties: { type: { type: 'string', const: 'basic' }, user: { type: 'string' } } }
  const none = { properties: { type: { type: 'string', const: 'none' } } }
  expect(variantsOf({ oneOf: [none, basic] })).toEqual({
    tag: 'type',
    byValue: new Map(Object.entries({ none, basic })),
  })
  expect(variantsOf({ oneOf: [none, { type: 'string' }] })).toBeUndefined()
  expect(variantsOf({ type: 'string' })).toBeUndefined()
})
