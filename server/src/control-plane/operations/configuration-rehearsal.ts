/**
 * A change of a whole configuration is made in one transaction, in which nothing may wait for the data plane: it may wait for the
 * transaction. So what has to be asked is gathered by a rehearsal, which is taken back; asked; and known when the change is made. What
 * the data plane has to be told is told afterwards.
 */
import { MillraceError } from '../../errors.ts'
import type { DataPlane } from '../data-plane.ts'
import type { TypeChecker } from './deploying.ts'

export interface Rehearsal {
  /** The data plane as the operations within see it. */
  readonly dataPlane: DataPlane
  readonly checkTypes: TypeChecker
  /** Instead of what would be told at once. */
  later(tell: () => Promise<unknown>): void
  /** Asks what was gathered. @throws MillraceError the first refusal. */
  ask(): Promise<void>
  /** @throws MillraceError `conflict`: the change was not the one that was rehearsed. */
  refuseUnasked(): void
  /** What is to be told is forgotten: the rehearsal is taken back. */
  forget(): void
  /** Tells it, in its order. @returns what could not be done, for a person: the change stands. */
  tell(): Promise<string[]>
}

export function openRehearsal(
  dataPlane: DataPlane,
  checkTypes: TypeChecker,
  tables: Awaited<ReturnType<DataPlane['tables']>>,
): Rehearsal {
  const answers = new Map<string, unknown>()
  const questions = new Map<string, () => Promise<unknown>>()
  let afterwards: (() => Promise<unknown>)[] = []

  /** The answer where it is known; until then `otherwise`. */
  const known = <T>(what: unknown, ask: () => Promise<T>, otherwise: T): T => {
    const key = JSON.stringify(what)
    if (answers.has(key)) return answers.get(key) as T
    questions.set(key, ask)
    return otherwise
  }
  const later = (tell: () => Promise<unknown>) => void afterwards.push(tell)
  const refuse = async (): Promise<never> => {
    throw new Error('Nothing may wait for the data plane within a transaction')
  }

  return {
    later,
    checkTypes: async (workspace, draft) => known(['types', workspace, draft], () => checkTypes(workspace, draft), []),
    dataPlane: {
      ...dataPlane,
      tables: async () => tables,
      query: async (workspace, request) =>
        known(['query', workspace, request], () => dataPlane.query(workspace, request), noRows),
      checkStatement: async (workspace, work) =>
        known(['statement', workspace, work], () => dataPlane.checkStatement(workspace, work), { target: undefined }),
      setViews: async () => [],
      watchTables: () => {},
      scheduler: {
        wake: () => later(async () => dataPlane.scheduler.wake()),
        stop: async (workspace, run) => later(() => dataPlane.scheduler.stop(workspace, run)),
      },
      jobs: { ...dataPlane.jobs, wake: () => later(async () => dataPlane.jobs.wake()), cancel: refuse, pause: refuse },
      archives: {
        set: async (workspace, config) => later(() => dataPlane.archives.set(workspace, config)),
        status: async () => undefined,
        test: refuse,
      },
      mappings: (workspace) => ({
        ...dataPlane.mappings(workspace),
        set: refuse,
        forget: refuse,
        setMode: async () => {},
      }),
      transforms(workspace) {
        const transforms = dataPlane.transforms(workspace)
        return {
          ...transforms,
          check: async (...args) => known(['code', workspace, args], () => transforms.check(...args), []),
          deploy: async (deployment) => later(() => transforms.deploy(deployment)),
        }
      },
    },
    async ask() {
      for (const [key, ask] of questions) answers.set(key, await ask())
      questions.clear()
    },
    refuseUnasked() {
      if (questions.size > 0) throw changedMeanwhile()
    },
    forget() {
      afterwards = []
    },
    async tell() {
      const failures: string[] = []
      for (const tell of afterwards) {
        await tell().catch((error: unknown) => failures.push(error instanceof Error ? error.message : String(error)))
      }
      return failures
    },
  }
}

export function changedMeanwhile(): MillraceError {
  return new MillraceError('conflict', 'Somebody changed the workspace in the meantime', {
    hint: 'Look at a new plan, then apply that.',
  })
}

const noRows = { columns: [], rows: [], truncated: false }
