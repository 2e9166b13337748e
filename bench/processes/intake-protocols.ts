/**
 * The intake with several protocols on one log in files and nothing behind it: tells its port, then for each question the CPU time
 * since the last. What is logged counts as loaded at once.
 */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { growHeapFreely } from '../../server/src/heap.ts'
import { systemClock } from '../../server/src/ingest/clock.ts'
import { openIngest } from '../../server/src/ingest/ingest.ts'
import { atom } from '../../server/src/ingest/protocols/atom/atom.ts'
import { initialState } from '../../server/src/ingest/protocols/initial-state/initial-state.ts'
import { native } from '../../server/src/ingest/protocols/native.ts'
import { panoply } from '../../server/src/ingest/protocols/panoply/panoply.ts'
import { segment } from '../../server/src/ingest/protocols/segment/segment.ts'
import type { InputSnapshot } from '../../server/src/inputs.ts'
import { openFileLog } from '../../server/src/log/files/file-log.ts'
import { silentLogger } from '../../server/src/telemetry.ts'
import { signingSecret } from '../speakers.ts'
import { tellCpuTime } from './cpu-time.ts'

growHeapFreely() // as the server does
const [folder] = process.argv.slice(2) as [string]
const protocols = { native, atom, panoply, 'initial-state': initialState, segment }
/** By their keys, which are the same for all that is measured here but for the type. */
const inputs = new Map<string, InputSnapshot>(
  Object.entries(protocols).map(([type, protocol]) => {
    const settings = protocol.settings.parse({}) as InputSnapshot['settings']
    return [`mlr_key_${type}_bench`, { id: type, label: type, type, workspace: 'w', settings }]
  }),
)
const addInput = (name: string, type: 'native' | 'atom', given: object) => {
  const settings = protocols[type].settings.parse(given) as InputSnapshot['settings']
  inputs.set(`mlr_key_${name}_bench`, { id: name, label: name, type, workspace: 'w', settings })
}
addInput('signed', 'native', { signingSecret })
addInput('unsigned', 'atom', { requireAuth: false, streams: ['unsigned'] })
const settings = { diskBudgetBytes: 2 ** 33, retentionBytes: 2 ** 26 }
const log = await openFileLog({ folder, partitions: 1, settings, logger: silentLogger })
setInterval(() => log.trim(0, log.status(0).end), 100)
const ofType = (type: string) => [...inputs.values()].filter((input) => input.type === type)
const ingest = await openIngest({
  protocols,
  inputs: {
    find: (key) => inputs.get(key),
    signingKeys: (type) => ofType(type).map((input) => ({ text: `mlr_key_${input.id}_bench`, input })),
    ofType,
  },
  findBucket: async (_, { key }) => ({ eventType: key, isNew: false }),
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
