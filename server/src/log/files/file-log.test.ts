import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { silentLogger } from '../../telemetry.ts'
import { testLog } from '../log.suite.ts'
import { openFileLog } from './file-log.ts'

async function openIn(segmentBytes: number) {
  const folder = await mkdtemp(`${tmpdir()}/millrace-log-`)
  const settings = { segmentBytes, diskBudgetBytes: 64 * 1024 * 1024, retentionBytes: 0 }
  const open = () => openFileLog({ folder, partitions: 2, settings, logger: silentLogger })
  let log = await open()
  return {
    log,
    async reopen() {
      await log.close()
      log = await open()
      return log
    },
    async release() {
      await log.close()
      await rm(folder, { recursive: true })
    },
  }
}

testLog('log in files, one segment', () => openIn(4 * 1024 * 1024))
testLog('log in files, small segments', () => openIn(304 * 1024))
