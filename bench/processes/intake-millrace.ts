/**
 * The intake on a log in files and nothing behind it: tells its port, then for each question the CPU time since the last.
 * What is logged counts as loaded at once, so that segments are used again as they are where a server has run for a while.
 */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { growHeapFreely } from '../../server/src/heap.ts'
import { systemClock } from '../../server/src/ingest/clock.ts'
import { openIngest } from '../../server/src/ingest/ingest.ts'
import { native } from '../../server/src/ingest/protocols/native.ts'
import { openFileLog } from '../../server/src/log/files/file-log.ts'
import { silentLogger } from '../../server/src/telemetry.ts'
import { tellCpuTime } from './cpu-time.ts'

growHeapFreely() // as the server does
const [folder, key] = process.argv.slice(2) as [string, string]
const input = { id: 'i', label: 'bench', type: 'native', workspace: 'w', settings: {} }
const settings = { diskBudgetBytes: 2 ** 33, retentionBytes: 2 ** 26 }
const log = await openFileLog({ folder, partitions: 1, settings, logger: silentLogger })
setInterval(() => log.trim(0, log.status(0).end), 100)
const ingest = await openIngest({
  protocols: { native },
  inputs: { find: (given) => (given === key ? input : undefined), signingKeys: () => [], ofType: () => [] },
  findBucket: async () => ({ eventType: 'bench', isNew: false }),
  append: (_, record) => log.append({ partition: 0, ...record }),
  recentTags: (since) => log.recentTags(0, since),
  workspaces: [],
  idPlace: () => ({ folder, logStatus: () => log.status(0), async *readLog() {} }),
  idBounds: { countMax: 2_000_000, ageMaxMs: 7 * 24 * 3_600_000 },
  clock: systemClock,
  logger: silentLogger,
  counters: { ingested() {}, noted() {}, refused() {} },
})
const server = createServer((request, response) => {
  if (!ingest.handle(request, response)) response.writeHead(404).end()
})
server.listen(0, '127.0.0.1')
await once(server, 'listening')
tellCpuTime((server.address() as AddressInfo).port)
