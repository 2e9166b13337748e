import { expect, test } from 'vitest'
import { native } from './protocols/native.ts'
import { webhook } from './protocols/webhook.ts'
import { openRouter } from './router.ts'

const find = openRouter({ native, webhook })

const known: [string, string, Record<string, string>][] = [
  ['/api/v1/events', 'Native', {}],
  ['/api/v1/events/', 'Native', {}],
  ['//api//v1///events', 'Native', {}],
  ['/api/v1/events?key=x', 'Native', {}],
  ['http://elsewhere.example/api/v1/events', 'Native', {}],
  ['/api/v1/events/page_view', 'Native', { type: 'page_view' }],
  ['/api/v1/events/a%2Fb', 'Native', { type: 'a/b' }],
  ['/api/v1/events/a%252Fb', 'Native', { type: 'a%2Fb' }],
  ['/api/v1/events/%2e%2e%2f', 'Native', { type: '../' }],
  ['/api/v1/events/%F0%9F%98%80/', 'Native', { type: '😀' }],
  ['/api/v1/events/%00', 'Native', { type: '\u0000' }],
  [`/api/v1/events/${'x'.repeat(5000)}`, 'Native', { type: 'x'.repeat(5000) }],
  ['/webhook/k', 'Webhook', { key: 'k' }],
  ['/webhook//k//push/', 'Webhook', { key: 'k', type: 'push' }],
]
test.each(known)('%s', (url, title, params) => {
  const match = find(url)
  expect(match?.candidates.get('POST')?.[0]?.protocol.title).toBe(title)
  expect(match?.params).toEqual(params)
  expect(match?.isMalformed).toBe(false)
})

test.each([
  '/',
  '/api/v1',
  '/api/v1/event',
  '/API/v1/events',
  '/api/v1/events/a/b',
  '/webhook',
  '/webhook/a/b/c',
  '*',
  '',
])('%s is somebody else’s', (url) => expect(find(url)).toBeUndefined())

test('a path that no decoder can read is ours where its place is', () => {
  expect(find('/api/v1/events/100%')?.isMalformed).toBe(true)
  expect(find('/api/v1/events/%ff')?.isMalformed).toBe(true)
  expect(find('/elsewhere/100%')).toBeUndefined()
  expect(find('/webhook/k?x=100%')?.isMalformed).toBe(false)
})
