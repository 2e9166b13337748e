/** Tracks 1,000 events and ends at once, in the way that it is told: nothing is flushed. Or, as `again`, sends what was left behind. */
import { setTimeout as sleep } from 'node:timers/promises'
import { openMeasuredClient, sdkEvent } from '../sdk-clients.ts'

const [name, url, way, spoolDir] = process.argv.slice(2) as [
  Parameters<typeof openMeasuredClient>[0],
  string,
  'end' | 'exit' | 'SIGTERM' | 'throw' | 'again',
  string,
]
const client = await openMeasuredClient(name, url, 'defaults', spoolDir)
process.disconnect?.()
if (way === 'again') {
  await client.flush()
  await client.close()
} else {
  for (let n = 0; n < 1000; n++) client.track(sdkEvent(n))
  if (way === 'exit') process.exit(0)
  if (way === 'throw') throw new Error('as it was told')
  if (way === 'SIGTERM') {
    process.kill(process.pid, 'SIGTERM')
    await sleep(10_000)
  }
}
