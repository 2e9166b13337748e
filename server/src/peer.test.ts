import { describe, expect, test } from 'vitest'
import { clientOf, inNetworks, isNetwork } from './peer.ts'

test.each([
  ['10.1.2.3', '10.1.2.3'],
  ['::ffff:10.1.2.3', '10.1.2.3'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:DB8:1:2::9', '2001:db8:1:2::/64'],
  ['2001:db8:0001:0002:0:0:0:9', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['2001::1:2:3:4:5:6', '2001:0:1:2::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['64:ff9b::192.0.2.1', '64:ff9b:0:0::/64'],
  ['', ''],
])('%s is the client %s', (address, client) => {
  expect(clientOf(address)).toBe(client)
})

test.each([
  ['127.0.0.1', true],
  ['10.0.0.0/8', true],
  ['::1', true],
  ['fd00::/8', true],
  ['10.0.0.0/33', false],
  ['10.0.0.0/', false],
  ['10.0.0/8', false],
  ['proxy.example', false],
  ['', false],
])('%s is an address or a network: %s', (text, isOne) => {
  expect(isNetwork(text)).toBe(isOne)
})

describe('inNetworks', () => {
  const isOurs = inNetworks(['127.0.0.1', '10.0.0.0/8', 'fd00::/8'])
  test.each([
    ['127.0.0.1', true],
    ['::ffff:127.0.0.1', true],
    ['127.0.0.2', false],
    ['10.255.0.1', true],
    ['::ffff:10.255.0.1', true],
    ['11.0.0.1', false],
    ['fdff::1', true],
    ['fe80::1', false],
    ['', false],
  ])('of %s: %s', (address, isIn) => {
    expect(isOurs(address)).toBe(isIn)
  })
})
