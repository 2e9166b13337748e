/** F19: a server is stopped in the middle of its work, and another one started beside it. */
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { judge } from './oracle.ts'
import { DiedEarly, startServerProcess } from './server-process.ts'
import { withServer } from './single-server.ts'

describe('a server that stands still', () => {
  it('keeps its data folder from any other, and goes on when it wakes', async () => {
    await withServer({ seed: 19 }, async ({ server, folder, acknowledged, ledger, settle }) => {
      for (let nap = 1; nap <= 3; nap++) {
        await acknowledged(nap * 1_000)
        server.signal('SIGSTOP')
        const second = await startServerProcess({ folder }).catch((error: unknown) => error)
        expect(second).toBeInstanceOf(DiedEarly)
        const { message, code } = second as DiedEarly
        expect(message).toContain(`The data folder ${folder} is in use by another Millrace process`)
        expect(code).not.toBe(0)
        await delay(100)
        server.signal('SIGCONT')
      }
      await acknowledged(ledger.acknowledged + 1_000)
      expect(await judge(server.url, 19, await settle(20_000))).toEqual([])
    })
  })
})
