/** A process of a benchmark, and the one question after another that it is asked. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

export interface BenchProcess {
  /** The next thing it says, after it was asked something or by itself. @throws Error where it ends instead. */
  answer<T>(question?: string): Promise<T>
  readonly pid: number
}

export function startProcess(
  name: string,
  args: readonly string[],
  script: string = join(import.meta.dirname, 'processes', `${name}.ts`),
): BenchProcess {
  const child = fork(script, [...args], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const failed = once(child, 'exit').then(([code]) => {
    throw new Error(`${name} ended with ${code}`)
  })
  failed.catch(() => {}) // told to whoever waits for an answer
  return {
    pid: child.pid!,
    async answer<T>(question?: string) {
      const said = once(child, 'message')
      if (question !== undefined) child.send(question)
      const [message] = await Promise.race([said, failed])
      return message as T
    },
  }
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!
}
