/** Which threads go first where processors are few. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

/** In a process of its own, since a priority that was lowered stays so: what each kind of thread has, once a thread works behind. */
const scriptOf = (niceness: number) => `
  import { readFileSync, readdirSync } from 'node:fs'
  import { stat } from 'node:fs/promises'
  import { getPriority, setPriority } from 'node:os'
  import { Worker } from 'node:worker_threads'
  setPriority(${niceness})
  await stat('/') // the threads for calls are there from the first one on
  const code = \`
    import { parentPort } from 'node:worker_threads'
    import { workBehind } from '${new URL('./priority.ts', import.meta.url)}'
    workBehind()
    parentPort.on('message', () => {}).postMessage('')\`
  const worker = new Worker(new URL('data:text/javascript,' + encodeURIComponent(code)), { name: 'behind' })
  await new Promise((resolve) => worker.once('message', resolve))
  const priorities = {}
  for (const thread of readdirSync('/proc/self/task'))
    priorities[readFileSync('/proc/self/task/' + thread + '/comm', 'utf8').trim()] = getPriority(Number(thread))
  console.log(JSON.stringify({ ...priorities, main: getPriority(process.pid) }))
  process.exit()`

test.runIf(process.platform === 'linux').each([0, 10])(
  'the pipeline and the threads that DuckDB works on give way to the thread that answers, in a server with a niceness of %i',
  { timeout: 60_000 },
  async (niceness) => {
    const args = ['--input-type=module', '-e', scriptOf(niceness)]
    const { stdout } = await promisify(execFile)(process.execPath, args)
    const { main, behind, 'libuv-worker': calls } = JSON.parse(stdout) as Record<string, number>
    expect(main).toBe(niceness)
    expect(behind).toBe(niceness + 5)
    expect(calls).toBe(niceness + 5)
  },
)
