/** F12: a sync of the log fails. It is never repeated: the process ends, and what was acknowledged before is there. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { judge } from './oracle.ts'
import { withServer } from './single-server.ts'

const times = 5

describe('a disk whose syncs fail', () => {
  it(`ends the server at once, and costs nothing that was acknowledged, ${times} times`, async () => {
    await withServer({ seed: 12 }, async ({ folder, acknowledged, kill, restart, settle, ledger }) => {
      for (let time = 1; time <= times; time++) {
        await kill()
        const file = join(folder, `syncs-fail-${time}`)
        const { exited, output } = await restart({ MILLRACE_SYNC_FAULT: file })
        await acknowledged(ledger.acknowledged + 300 * time)
        writeFileSync(file, '')
        const { code } = await exited
        const endedMs = Date.now() - Number(readFileSync(file, 'utf8'))
        expect(code, output()).not.toBe(0) // null where DuckDB, still at work in its thread, aborts on the way out
        expect(endedMs).toBeLessThan(2_000)
        expect(output()).toMatch(/log stopped because its disk failed/i)
      }
      const { url } = await restart()
      expect(await judge(url, 12, await settle(20_000))).toEqual([])
    })
  })
})
