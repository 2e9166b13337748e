/** F10 and F11: the disk runs full under load. That is told and costs nothing; when there is space again everything goes on by itself. */
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { flows, judge } from './oracle.ts'
import { rowsOf, sendEvent } from './requests.ts'
import { type SingleServer, withServer } from './single-server.ts'
import { canMount, fillUp, mountSmallDisk } from './small-disk.ts'

const kibibyte = 1024

describe.skipIf(!canMount())('a disk that runs full (needs the right to mount)', () => {
  it('stops the intake with 503 storage_full and nothing else, until there is space', async () => {
    const { folder, unmount } = mountSmallDisk(96)!
    onTestFinished(unmount)
    await withServer({ seed: 10, place: folder }, async (single) => {
      for (const leave of [4096 * kibibyte, 300 * kibibyte, 0]) {
        await single.acknowledged(single.ledger.acknowledged + 2_000)
        const free = fillUp(folder, leave)
        await refused(single)
        await delay(1_500)
        expect(await rowsOf(single.server.url, 'SELECT 1 FROM chaos LIMIT 1')).toEqual([[1]])
        free()
        const freedAt = Date.now()
        await single.acknowledged(single.ledger.acknowledged + 1)
        expect(Date.now() - freedAt).toBeLessThan(3_000)
        expect(await flows(single.server.url, 15_000), single.server.output()).toBe(true)
      }
      const { ledger, settle, server } = single
      expect([...ledger.refusals.keys()]).toEqual(['503 storage_full'])
      expect(await judge(server.url, 10, await settle(20_000))).toEqual([])
    })
  })
})

/** Waits until an event is refused, for lack of space and nothing else. */
async function refused({ server: { url, output } }: SingleServer): Promise<void> {
  for (const deadline = Date.now() + 30_000; Date.now() < deadline; await delay(20)) {
    const { status, body, headers } = await sendEvent(url, 'chaos_probe', { probe: true })
    if (status === 200) continue
    expect({ status, body }, output()).toMatchObject({ status: 503, body: { code: 'storage_full' } })
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0)
    return
  }
  expect.unreachable('The disk is full, and every event was taken')
}
