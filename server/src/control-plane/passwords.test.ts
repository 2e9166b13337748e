import { expect, test } from 'vitest'
import { openPasswords } from './passwords.ts'

test('a password is right for its own hash only, and never for a user who does not exist', async () => {
  const passwords = openPasswords()
  const stored = await passwords.hash('correct horse battery')
  expect(stored).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  expect(await passwords.isRight('correct horse battery', stored)).toBe(true)
  expect(await passwords.isRight('correct horse batterz', stored)).toBe(false)
  expect(await passwords.isRight('correct horse battery', undefined)).toBe(false)
})

test('a flood of logins is refused instead of queued without end', async () => {
  const passwords = openPasswords()
  const flood = await Promise.allSettled(Array.from({ length: 60 }, () => passwords.hash('correct horse battery')))
  const refused = flood.filter(({ status }) => status === 'rejected')
  expect(refused).toHaveLength(8)
  for (const { reason } of refused as PromiseRejectedResult[]) expect(reason).toMatchObject({ code: 'overloaded' })
})
