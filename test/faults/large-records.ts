/**
 * A process that appends large records to a log, many at the same time, until it is killed. Its disk holds a write back now and then, so
 * that groups which overlap get there in another order. Before, it holds what the log has against the ledger.
 *
 *   node --import test/faults/instrument.ts test/faults/large-records.ts FOLDER LEDGER SEED
 *
 * Says `cut` where groups stand behind the end that do not count, `wrong: ` and what is, and `ready` when it begins to append.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { type Disk, openDisk } from '../../server/src/log/files/disk.ts'
import { openFileLog } from '../../server/src/log/files/file-log.ts'
import { recoverPartition } from '../../server/src/log/files/recovery.ts'
import { findRecord } from '../../server/src/log/files/scan.ts'
import { findLogId } from '../../server/src/log/files/segment.ts'
import { syncThread } from '../../server/src/log/files/sync-thread.ts'
import type { Log } from '../../server/src/log/log.ts'
import { silentLogger } from '../../server/src/telemetry.ts'
import { mulberry } from './events.ts'
import { LogLedger, recordOf } from './log-ledger.ts'

/** A segment holds a few groups. */
export const settings = { segmentBytes: 16 * 2 ** 20, diskBudgetBytes: 256 * 2 ** 20, retentionBytes: 32 * 2 ** 20 }
const producers = 24

if (import.meta.main) {
  const [folder, ledgerFile, seed] = process.argv.slice(2)
  await live(folder!, new LogLedger(ledgerFile!), mulberry(Number(seed)))
}

async function live(folder: string, ledger: LogLedger, random: () => number): Promise<void> {
  const disk = openDisk(syncThread)
  if (await isCut(disk, folder)) console.log('cut')
  const log = await openFileLog({
    folder,
    partitions: 1,
    settings,
    logger: silentLogger,
    disk: unevenDisk(disk, random),
  })
  const wrong = await ledger.judge(log)
  for (const sentence of wrong) console.log(`wrong: ${sentence}`)
  if (wrong.length > 0) process.exit(1)
  console.log('ready')
  await Promise.all(Array.from({ length: producers }, () => produce(log, ledger)))
}

async function produce(log: Log, ledger: LogLedger): Promise<never> {
  for (;;) {
    const n = ledger.next()
    const { count, body } = recordOf(n)
    ledger.answered(n, await log.append({ partition: 0, count, body: [body] }))
    if (n % 64 === 0) void log.trim(0, log.status(0).end)
  }
}

/** Whether records of the last segment's own stand behind where the log ends. */
async function isCut(disk: Disk, folder: string): Promise<boolean> {
  const id = await findLogId(disk, folder)
  if (id === undefined) return false
  const { last } = await recoverPartition(disk, `${folder}/0`, 0, id, 'check')
  if (last === undefined) return false
  const left = await findRecord(last.file, last.header, last.endPlace, 0n)
  await last.file.close()
  return left !== undefined
}

function unevenDisk(disk: Disk, random: () => number): Disk {
  const hold = async (share: number) => {
    if (random() < share) await delay(random() * 60)
  }
  return {
    ...disk,
    async open(path, mode) {
      const file = await disk.open(path, mode)
      return {
        ...file,
        async writeDirect(bytes, place) {
          await hold(0.3)
          return file.writeDirect(bytes, place)
        },
        async sync() {
          await hold(0.05)
          return file.sync()
        },
      }
    },
  }
}
