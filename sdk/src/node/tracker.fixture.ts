/** A process that tracks 1,000 events and ends: `tracker.fixture.ts <url> <spool folder> <end> [mode]`. Started by tests. */
import { setTimeout as sleep } from 'node:timers/promises'
import { createClient } from '../node.ts'

const [url, dir, end, mode = 'lazy', from = '0', count = '1000'] = process.argv.slice(2)

const client = createClient({
  endpoint: url!,
  apiKey: 'key',
  shutdownTimeout: 1500,
  requestTimeout: 1000,
  ...(mode === 'none' ? { spool: false } : { spool: { dir: dir!, mode: mode as 'lazy' | 'always' } }),
})
client.on('error', () => {})
if (end === 'resend') {
  while (client.stats().spooledNow + client.stats().pending > 0) {
    await client.flush()
    await sleep(20)
  }
  await client.close()
} else {
  for (let id = Number(from); id < Number(from) + Number(count); id++) client.track('thing', { id }, { id: String(id) })
  if (end === 'exit') process.exit(0)
  if (end === 'throw') throw new Error('uncaught, as told')
  if (end === 'sync') await client.sync()
  if (end === 'flush') await client.flush()
  if (end === 'own handler') process.on('SIGTERM', () => process.exit(7))
  if (end !== 'natural') {
    process.stdout.write('tracked\n')
    setInterval(() => {}, 1000)
  }
}
