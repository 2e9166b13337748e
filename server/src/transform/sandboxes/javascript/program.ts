/** Users' modules in an isolate of their own, behind the driver (`driver.js`). */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Diagnostic } from '../../../transform.ts'
import type { LoadRequest } from '../../guest-protocol.ts'
import { diagnosticOf } from './diagnostics.ts'
import { countGarbage } from './garbage.ts'
import { Isolate, IsolateEnded, type IsolateModule, TookTooLong } from './isolate.ts'
import { moduleNameIn } from './module-names.ts'

/** What events failed on is in the answer. @throws IsolateEnded, TookTooLong: the chunk has no answer */
export interface Program {
  /** Takes a chunk: head and body of a run request. How many events it has, negative where care was asked for. */
  begin(head: string, body: readonly string[]): number
  /** All events, one after the other. */
  all(): void
  /** The next event, with its own time. */
  one(index: number): void
  /** The answer: its head, then a line for each output, in parts. */
  end(): [head: string, ...body: string[]]
}

/** `json` is the request as it came. */
export function openProgram(request: LoadRequest, json: string): Program | { diagnostics: readonly Diagnostic[] } {
  const { memoryBytes, chunkMs, eventMs } = request.limits
  const isolate = new Isolate(memoryBytes)
  const driver = isolate.link('./driver.js', driverModule)
  driver.evaluate(chunkMs)
  driver.caller('prepare')(chunkMs, json)
  const diagnostics = start(isolate, driver.caller('add'), request)
  if (diagnostics.length > 0) return { diagnostics }

  const [begin, all, one] = [driver.caller('begin'), driver.caller('all'), driver.caller('one')]
  const [progress, fail] = [driver.caller('progress'), driver.caller('fail')]
  const [end, part] = [driver.caller('end'), driver.caller('part')]
  const handed = countGarbage({ collect: () => isolate.collect(), bytes: () => isolate.heapBytes })
  let count = 0
  return {
    begin(head, body) {
      handed(body.reduce((sum, { length }) => sum + length, head.length))
      const answer = begin(chunkMs, head, ...body) as number
      count = Math.abs(answer)
      return answer
    },
    all() {
      forgiving(() => all(chunkMs), count)
    },
    one(index) {
      try {
        forgiving(() => one(eventMs, index), index + 1)
      } catch (error) {
        if (!(error instanceof TookTooLong)) throw error
        fail(chunkMs, index, 'transform_timeout', error.message)
      }
    },
    end() {
      const answer: [string, ...string[]] = [end(chunkMs) as string]
      for (let text = part(chunkMs); text !== ''; text = part(chunkMs)) answer.push(text as string)
      return answer
    },
  }

  /** A promise that was rejected and that nobody waits for is thrown here, after the events were done. */
  function forgiving(run: () => void, progressAfter: number): void {
    try {
      run()
    } catch (error) {
      const isStopped = error instanceof IsolateEnded || error instanceof TookTooLong
      if (isStopped || progress(chunkMs) !== progressAfter) throw error
    }
  }
}

/** The driver's files are named so that no module of users' code can be meant. */
function driverModule(specifier: string): { name: string; code: string } {
  const file = specifier.slice('./'.length)
  return { name: `millrace/${file}`, code: readFileSync(join(import.meta.dirname, 'inside', file), 'utf8') }
}

/** Runs the modules of the order, and first what they import. */
function start(
  isolate: Isolate,
  add: ReturnType<IsolateModule['caller']>,
  { modules, order, limits: { chunkMs } }: LoadRequest,
): Diagnostic[] {
  const codeOf = new Map(modules.map(({ name, code }) => [name, code]))
  const find = (specifier: string) => {
    const name = moduleNameIn(specifier) ?? ''
    const code = codeOf.get(name)
    if (code === undefined) throw new Error(`There is no module “${specifier}”`)
    return { name, code }
  }
  for (const name of order) {
    try {
      const module = isolate.link(name, find)
      module.evaluate(chunkMs)
      if (!add(chunkMs, name, module.exports())) return [{ module: name, message: 'Its `transform` is not a function' }]
    } catch (error) {
      if (error instanceof IsolateEnded) throw error
      return [diagnosticOf(error, name, codeOf)]
    }
  }
  return []
}
