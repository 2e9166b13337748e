import { expect, test } from 'vitest'
import { openOutbound } from './outbound.ts'

type Addresses = Readonly<Record<string, readonly string[]>>

/** What a name resolves to, or why it may not be reached. */
function resolved(host: string, allowed: readonly string[], names: Addresses): Promise<string> {
  const outbound = openOutbound(allowed, (name, _, done) => {
    const addresses = names[name] ?? []
    const error = addresses.length === 0 ? new Error('no such name') : null
    done(
      error,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    )
  })
  return new Promise((resolve) => {
    outbound.lookup(host, {}, (error, address) => resolve(error ? error.message : String(address)))
  })
}

const isRefused = (host: string, allowed: readonly string[] = []) => {
  try {
    openOutbound(allowed).check(host)
    return false
  } catch {
    return true
  }
}

test.each([
  '127.0.0.1',
  '127.8.8.8',
  '0.0.0.0',
  '10.1.2.3',
  '172.16.0.1',
  '192.168.1.1',
  '169.254.169.254',
  '100.64.0.1',
  '198.18.0.1',
  '192.0.0.1',
  '224.0.0.1',
  '255.255.255.255',
  '::1',
  '[::1]',
  '::',
  '::ffff:127.0.0.1',
  '[::ffff:7f00:1]',
  '64:ff9b::7f00:1',
  '2002:7f00:1::',
  'fd00:ec2::254',
  'fe80::1',
  'ff02::1',
])('%s may not be reached, as an address or as what a name resolves to', async (address) => {
  expect(isRefused(address)).toBe(true)
  const bare = address.replace(/^\[|\]$/g, '')
  expect(await resolved('evil.example', [], { 'evil.example': [bare] })).toMatch(/private or local/)
})

test.each(['93.184.216.34', '2606:2800:220:1:248:1893:25c8:1946'])('%s may be reached', async (address) => {
  expect(isRefused(address)).toBe(false)
  expect(await resolved('good.example', [], { 'good.example': [address] })).toBe(address)
})

test('one private address among public ones is one too many', async () => {
  const names = { 'mixed.example': ['93.184.216.34', '127.0.0.1'] }
  expect(await resolved('mixed.example', [], names)).toMatch(/private or local/)
})

test('an operator allows addresses, networks and names', async () => {
  expect(isRefused('127.0.0.1', ['127.0.0.1'])).toBe(false)
  expect(isRefused('127.0.0.2', ['127.0.0.1'])).toBe(true)
  expect(isRefused('10.9.9.9', ['10.0.0.0/8'])).toBe(false)
  expect(isRefused('[::1]', ['[::1]'])).toBe(false)
  expect(isRefused('fd12::1', ['fd00::/8'])).toBe(false)
  const names = { 'broker.lan': ['192.168.1.9'], 'other.lan': ['192.168.1.9'] }
  expect(await resolved('broker.lan', ['Broker.lan'], names)).toBe('192.168.1.9')
  expect(await resolved('other.lan', ['broker.lan'], names)).toMatch(/private or local/)
})

test('a name that does not resolve fails with the reason of the system', async () => {
  expect(await resolved('nowhere.example', [], {})).toBe('no such name')
})
