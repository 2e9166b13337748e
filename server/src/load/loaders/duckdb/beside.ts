/**
 * Long jobs beside the loading, each on a connection of its own: they only read, into temporary tables of theirs, until they are
 * done but for what they write. That runs in their turn among those that read, so that no checkpoint is due meanwhile, and its COMMIT
 * in their turn among those that write.
 */
import type { DuckDBConnection } from '@duckdb/node-api'
import { MillraceError } from '../../../errors.ts'
import type { Turns } from './turns.ts'

/** Writes in a transaction; `mayCommit` throws where it must not be committed any more. All of it, or nothing. */
export type Alone = <T>(write: () => Promise<T>, mayCommit: () => void) => Promise<T>

export interface Beside {
  run<T>(
    connect: () => Promise<DuckDBConnection>,
    job: (connection: DuckDBConnection, alone: Alone) => Promise<T>,
  ): Promise<T>
  readonly isIdle: boolean
  /** DuckDB gave up: whatever is under way fails. */
  abandon(): void
  /** Resolves when nothing that was given up has a connection any more. */
  abandoned(): Promise<void>
  /** Stops what is under way and waits for it. */
  close(): Promise<void>
}

interface Running {
  readonly connection: DuckDBConnection
  /** Whether it waits for a turn, so that nothing runs on its connection. */
  isWaiting: boolean
  isGivenUp: boolean
  ended: Promise<unknown>
}

/** How often what is under way is told to stop: between two statements it does not hear it. */
const stopEveryMs = 50

export function openBeside({ reading, writing }: { reading: Turns; writing: Turns }): Beside {
  const running = new Set<Running>()
  let leaving: Promise<unknown>[] = []
  let isClosing = false

  const aloneOf =
    (one: Running): Alone =>
    async (write, mayCommit) => {
      const inTurn = async <T>(turns: Turns, job: () => Promise<T>): Promise<T> => {
        const goOn = () => {
          one.isWaiting = false
          if (one.isGivenUp || isClosing) throw stopped()
        }
        goOn()
        one.isWaiting = true
        return turns(async () => {
          goOn()
          return job()
        })
      }
      return inTurn(reading, async () => {
        try {
          await one.connection.run('BEGIN TRANSACTION')
          const result = await write()
          await inTurn(writing, async () => {
            mayCommit()
            // failpoint: duckdb.statement.commit
            await one.connection.run('COMMIT')
            // failpoint: duckdb.statement.committed
          })
          return result
        } catch (error) {
          if (!one.isGivenUp) await one.connection.run('ROLLBACK').catch(() => {})
          throw error
        }
      })
    }

  const begin = (connection: DuckDBConnection): Running => {
    const one: Running = { connection, isWaiting: false, isGivenUp: false, ended: Promise.resolve() }
    running.add(one)
    return one
  }

  return {
    get isIdle() {
      return running.size === 0
    },
    async run(connect, job) {
      const one = await reading(async () => begin(await connect()))
      const ending = (async () => {
        try {
          if (isClosing || one.isGivenUp) throw stopped()
          return await job(one.connection, aloneOf(one))
        } finally {
          running.delete(one)
          one.connection.closeSync()
        }
      })()
      one.ended = ending.catch(() => {})
      return ending
    },
    abandon() {
      for (const one of running) {
        one.isGivenUp = true
        if (one.isWaiting) one.connection.closeSync()
        else {
          one.connection.interrupt()
          leaving.push(one.ended)
        }
      }
    },
    async abandoned() {
      const ending = leaving
      leaving = []
      await Promise.all(ending)
    },
    async close() {
      isClosing = true
      const stop = () => {
        for (const { connection } of running) connection.interrupt()
      }
      const stopping = setInterval(stop, stopEveryMs)
      stop()
      await Promise.all([...running].map(({ ended }) => ended))
      clearInterval(stopping)
    },
  }
}

function stopped(): MillraceError {
  return new MillraceError('destination_unavailable', 'The destination was closed before the statement was done')
}
