import { expect, test } from 'vitest'
import { isAtLeast, mayRole, roles, weakerOf, workspacePermissions } from './permissions.ts'

test('a stronger role may do whatever a weaker one may', () => {
  for (const permission of workspacePermissions) {
    const allowed = roles.map((role) => mayRole(role, permission))
    expect(allowed, permission).toEqual(allowed.toSorted((one, other) => Number(other) - Number(one)))
    expect(allowed[0], permission).toBe(true)
  }
})

test('a viewer sees no contents of events', () => {
  for (const permission of ['query:run', 'restream:read'] as const) expect(mayRole('viewer', permission)).toBe(false)
})

test('roles compare by strength', () => {
  expect(isAtLeast('owner', 'admin')).toBe(true)
  expect(isAtLeast('editor', 'editor')).toBe(true)
  expect(isAtLeast('viewer', 'analyst')).toBe(false)
  expect(weakerOf('owner', 'viewer')).toBe('viewer')
})
