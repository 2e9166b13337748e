/** Passwords: hashed with Argon2id, few at a time, since each hash takes 19 MiB and a login must not become an attack. */
import { hash, verify } from '@node-rs/argon2'
import { MillraceError } from '../errors.ts'

export interface Passwords {
  /** @throws MillraceError `overloaded`. */
  hash(password: string): Promise<string>
  /** Takes as long for a user who does not exist (`stored` undefined). @throws MillraceError `overloaded`. */
  isRight(password: string, stored: string | undefined): Promise<boolean>
}

export const passwordChars = { min: 12, max: 256 } as const

const cost = { memoryCost: 19 * 1024, timeCost: 2, parallelism: 1 }
const atOnceMax = 2
const waitingMax = 50

export function openPasswords(): Passwords {
  const inTurn = limitedTo(atOnceMax)
  let nobodys: Promise<string> | undefined
  return {
    hash: (password) => inTurn(() => hash(password, cost)),
    async isRight(password, stored) {
      nobodys ??= hash(crypto.randomUUID(), cost)
      const compared = stored ?? (await nobodys)
      const matches = await inTurn(() => verify(compared, password))
      return matches && stored !== undefined
    },
  }
}

function limitedTo(atOnce: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = []
  let running = 0
  return async (work) => {
    if (waiting.length >= waitingMax) {
      throw new MillraceError('overloaded', 'Too many logins at once', { retryAfterSeconds: 2 })
    }
    if (running >= atOnce) await new Promise<void>((resolve) => waiting.push(resolve))
    else running++
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else running--
    }
  }
}
