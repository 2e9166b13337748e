import { expect, test } from 'vitest'
import { authorityOf, isOurHost, routedUrl } from './http-refusals.ts'

test.each([
  ['/api/v1/events', '/api/v1/events'],
  ['//api///v1/events/', '/api/v1/events'],
  ['/', '/'],
  ['//', '/'],
  ['/?data=//a//', '/?data=//a//'],
  ['/bulk/?data=a/', '/bulk?data=a/'],
  ['/api/v1/events/a%2Fb%2F', '/api/v1/events/a%2Fb%2F'],
  ['http://evil/x//y/', '/x/y'],
  ['HTTPS://evil', '/'],
  ['http://evil?a=1', '/?a=1'],
  ['*', '*'],
])('%s is routed as %s', (url, routed) => {
  expect(routedUrl(url)).toBe(routed)
})

test('an absolute URL names its host', () => {
  expect(authorityOf('http://evil:80/x')).toBe('evil:80')
  expect(authorityOf('/http://evil/x')).toBeUndefined()
})

test.each([
  ['localhost', true],
  ['LOCALHOST:4700', true],
  ['console.localhost:4700', true],
  ['127.0.0.1:4700', true],
  ['[::1]:4700', true],
  ['10.1.2.3', true],
  ['millrace.test:4700', true],
  ['evil.example', false],
  ['evil.example:4700', false],
  ['127.0.0.1.nip.io', false],
  ['localhost.evil.example', false],
  ['notlocalhost', false],
  ['', false],
])('the host %s may name this server: %s', (host, isOurs) => {
  expect(isOurHost(host, ['millrace.test'])).toBe(isOurs)
})
