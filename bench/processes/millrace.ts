/** A server for a benchmark to load: tells its address, and at the end what CPU time it used since it was ready. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readConfig } from '@millrace/server/config'
import { startServer } from '@millrace/server/main'

const folder = process.argv[2]!
const flags = { port: '0', data: folder, logLevel: 'error' }
const server = await startServer(await readConfig({ flags, env: {}, cwd: folder }))
const access = JSON.parse(readFileSync(join(folder, 'local.json'), 'utf8'))
const before = process.cpuUsage()
process.send!({ ...access, residentBytes: process.memoryUsage.rss() })
process.on('disconnect', () => process.exit(1)) // the benchmark is gone
process.on('message', async (question) => {
  if (question === 'memory') process.send!({ residentBytes: process.memoryUsage.rss() })
  if (question !== 'close') return
  await server.close() // the checkpoint that makes the rows durable counts, too
  const { user, system } = process.cpuUsage(before)
  process.send!({ cpuSeconds: (user + system) / 1e6 }, () => process.exit(0))
})
