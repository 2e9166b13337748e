import { expect, test } from 'vitest'
import { inputTypes, managementProtocols, switchedOn } from './catalog.ts'

test('what an operator does not name is switched off: inputs and what workspaces are managed by alike', () => {
  expect(switchedOn(managementProtocols, ['all'])).toBe(managementProtocols)
  expect(Object.keys(switchedOn(managementProtocols, ['native', 'alooma']))).toEqual(['alooma'])
  expect(switchedOn(managementProtocols, ['native'])).toEqual({})
  expect(Object.keys(switchedOn(inputTypes, ['native', 'alooma']))).toEqual(['native'])
})

test('a name that is none is refused with those that there are', () => {
  expect(() => switchedOn(inputTypes, ['nativ'])).toThrow(
    expect.objectContaining({ code: 'invalid_request', hint: expect.stringContaining('alooma') }),
  )
})
