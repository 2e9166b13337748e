/**
 * A process that tracks as many events as it is told in one loop that waits for room, and says what memory that took:
 * `million.fixture.ts <url> <spool folder> <count>`. Started by a test.
 */
import { createClient } from '../node.ts'

const [url, dir, count] = process.argv.slice(2)
const client = createClient({ endpoint: url!, apiKey: 'key', spool: { dir: dir!, maxBytes: 64 * 1024 * 1024 } })
let [waits, pendingMost, rssMost] = [0, 0, 0]

function look(): void {
  pendingMost = Math.max(pendingMost, client.stats().pending)
  rssMost = Math.max(rssMost, process.memoryUsage.rss())
}

for (let id = 0; id < Number(count); id++) {
  if (client.track('thing', { id, text: 'some text of an event' })) continue
  waits++
  look()
  await client.ready()
}
const result = await client.close({ timeoutMs: 120_000 })
look()
process.stdout.write(JSON.stringify({ ...result, waits, pendingMost, rssMost, stats: client.stats() }))
