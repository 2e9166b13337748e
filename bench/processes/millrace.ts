/**
 * A server for a benchmark to load: tells its address, and at the end what CPU time it used since it was ready, the processes that
 * run users' code included.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readConfig } from '@millrace/server/config'
import { startServer } from '@millrace/server/main'

const folder = process.argv[2]!
const filesRoot = process.argv[3]
/** Hosts that sources may name; `-` for no files. */
const allowedHosts = process.argv[4]
const flags = {
  ...{ port: '0', data: folder, logLevel: 'error' },
  ...(filesRoot !== undefined && filesRoot !== '-' && { filesRoot }),
  ...(allowedHosts !== undefined && { allowedHosts }),
}
const server = await startServer(await readConfig({ flags, env: {}, cwd: folder }))
const access = JSON.parse(readFileSync(join(folder, 'local.json'), 'utf8'))
let before = process.cpuUsage()
/** Their CPU time so far, so that what started before the measurement is taken off. */
let guestsBefore = 0
process.send!({ ...access, residentBytes: process.memoryUsage.rss() })
process.on('disconnect', () => process.exit(1)) // the benchmark is gone
process.on('message', async (question) => {
  if (question === 'memory') process.send!({ residentBytes: process.memoryUsage.rss() })
  if (question === 'begin') {
    before = process.cpuUsage()
    guestsBefore = guestSeconds()
    process.send!({})
  }
  if (question !== 'close') return
  const guests = guestSeconds() - guestsBefore // they are killed on the way
  await server.close() // the checkpoint that makes the rows durable counts, too
  const { user, system } = process.cpuUsage(before)
  process.send!({ cpuSeconds: (user + system) / 1e6 + guests }, () => process.exit(0))
})

/** CPU time of all processes below this one (proc(5), stat: ppid, utime, stime, of 100 Hz). */
function guestSeconds(): number {
  const stats = readdirSync('/proc').flatMap((pid): [number, number, number][] => {
    if (!/^\d+$/.test(pid)) return []
    try {
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
      return [[Number(pid), Number(fields[1]), (Number(fields[11]) + Number(fields[12])) / 100]]
    } catch {
      return [] // it has ended
    }
  })
  const below = (pid: number): number =>
    stats.filter(([, parent]) => parent === pid).reduce((sum, [child, , seconds]) => sum + seconds + below(child), 0)
  return below(process.pid)
}
