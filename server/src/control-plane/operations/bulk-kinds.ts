/** What can be done to many sources at once: of each, its parameters, the columns of a CSV that give them, and how it is done to one. */
import { isEventType } from '@millrace/event/event'
import { z } from 'zod'
import { MillraceError } from '../../errors.ts'
import type { InputType } from '../../inputs.ts'
import type { WorkspacePermission } from '../permissions.ts'
import type { InputRow } from '../store/inputs.ts'
import type { inputOperations } from './inputs.ts'
import type { jobOperations } from './jobs.ts'
import { type Caller, notFound } from './operation.ts'
import type { sourceOperations } from './sources.ts'

/** What an item is done with: operations whose change holds the item's outcome as well. */
export interface ItemOperations {
  readonly inputs: ReturnType<typeof inputOperations>
  readonly sources: ReturnType<typeof sourceOperations>
  readonly jobs: ReturnType<typeof jobOperations>
}

export interface Item {
  readonly source: InputRow
  readonly type: InputType
  /** From 1, among the items of the operation. */
  readonly position: number
}

type Parameters = Readonly<Record<string, unknown>>

export interface BulkKind {
  readonly permission: WorkspacePermission
  /** Parameters of the operation and of an item over them, put together. */
  readonly parameters: z.ZodType
  /** Columns of a CSV beside `source` and `workspace`. */
  isColumn(name: string): boolean
  /** Whether two items of one source make sense, where their parameters differ. */
  readonly mayRepeat: boolean
  /** The parameters that a row gives. */
  ofCells(cells: Readonly<Record<string, string>>): Parameters
  run(operations: ItemOperations, caller: Caller, item: Item, parameters: Parameters): Promise<unknown>
}

const day = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, 'Write a day as 2026-01-31')
const label = z.string().min(1).max(128)
const nothing = { parameters: z.strictObject({}), isColumn: () => false, mayRepeat: false, ofCells: () => ({}) }
const asTheyAre = (cells: Readonly<Record<string, string>>): Parameters => cells
const among = (...names: string[]) => ({ isColumn: (name: string) => names.includes(name), ofCells: asTheyAre })

const process = kind({
  permission: 'sources:write',
  /** As `SourceOperations.process` has them: a range of days, both included. */
  parameters: z.strictObject({
    start: day,
    end: day,
    daysPerJob: z.number().int().min(1).max(366).optional(),
    spread: z.boolean().optional(),
  }),
  isColumn: (name) => ['start', 'end', 'daysPerJob', 'spread'].includes(name),
  ofCells: ({ daysPerJob, spread, ...range }) => ({
    ...range,
    ...(daysPerJob !== undefined && { daysPerJob: Number(daysPerJob) }),
    ...(spread !== undefined && { spread: /^(true|yes|1)$/i.test(spread) }),
  }),
  mayRepeat: true,
  run: ({ sources }, caller, { source }, request) => sources.process(caller, source.id, request),
})

const rerun = kind({
  permission: 'sources:write',
  /** Of each range of days the newest job, where it failed or where it has ended at all; or the jobs that are named. */
  parameters: z.union([
    z.strictObject({ which: z.enum(['failed', 'ended']) }),
    z.strictObject({ jobs: z.array(z.string().min(1).max(64)).min(1).max(1_000) }),
  ]),
  isColumn: (name) => ['which', 'jobs'].includes(name),
  ofCells: ({ jobs, ...which }) => ({ ...which, ...(jobs !== undefined && { jobs: jobs.split(/[\s,;]+/) }) }),
  mayRepeat: false,
  async run({ sources, jobs }, caller, { source }, parameters) {
    if ('which' in parameters) return sources.rerun(caller, source.id, parameters.which)
    for (const id of parameters.jobs) {
      if ((await jobs.get(caller, id)).source !== source.id) throw notFound(`job ${id} of this source`)
    }
    return jobs.rerun(caller, parameters.jobs)
  },
})

const rename = kind({
  permission: 'inputs:write',
  /** In the label `{label}` stands for the old one, `{type}` for the type, `{n}` for the place among the items. */
  parameters: z.strictObject({ label }),
  ...among('label'),
  mayRepeat: false,
  run: async ({ inputs }, caller, { source, position }, { label }) => {
    const filled = filledIn(label, { ...source, n: String(position) })
    if (!isEventType(filled)) throw noLabel(filled)
    return inputs.update(caller, source.id, { label: filled })
  },
})

const settingsColumn = 'settings.'

const patch = kind({
  permission: 'inputs:write',
  /** Over the settings a source has; null takes one back to its default. */
  parameters: z.strictObject({ settings: z.record(z.string().max(128), z.unknown()) }),
  isColumn: (name) => name.startsWith(settingsColumn) && name.length > settingsColumn.length,
  mayRepeat: false,
  ofCells: (cells) => ({
    settings: Object.fromEntries(
      Object.entries(cells).map(([name, cell]) => [name.slice(settingsColumn.length), { cell }]),
    ),
  }),
  run: ({ inputs }, caller, { source, type }, { settings }) =>
    inputs.update(caller, source.id, { settings: readCells(type, settings) }),
})

const enable = kind({
  permission: 'inputs:write',
  ...nothing,
  run: ({ inputs }, caller, { source }) => inputs.update(caller, source.id, { isEnabled: true }),
})

const disable = kind({
  permission: 'inputs:write',
  ...nothing,
  run: ({ inputs }, caller, { source }) => inputs.update(caller, source.id, { isEnabled: false }),
})

const remove = kind({
  permission: 'inputs:write',
  ...nothing,
  run: ({ inputs }, caller, { source }) => inputs.delete(caller, source.id),
})

export const bulkKinds = { process, rerun, rename, patch, enable, disable, delete: remove } as const

export type BulkKindName = keyof typeof bulkKinds

export const bulkKindNames = Object.keys(bulkKinds) as [BulkKindName, ...BulkKindName[]]

/** @throws MillraceError `invalid_request`. */
export function checkParameters({ parameters: schema }: BulkKind, given: Parameters): Parameters {
  const parsed = schema.safeParse(given)
  if (parsed.success) return parsed.data as Parameters
  const fields = parsed.error.issues.map(({ path, message }) => ({ field: ['parameters', ...path].join('.'), message }))
  const message = fields.map(({ field, message }) => `${field}: ${message}`).join('; ')
  throw new MillraceError('invalid_request', message, { fields })
}

interface TypedKind<P extends z.ZodType> extends Omit<BulkKind, 'parameters' | 'run'> {
  readonly parameters: P
  run(operations: ItemOperations, caller: Caller, item: Item, parameters: z.output<P>): Promise<unknown>
}

/** What `run` is given has passed `parameters`. */
function kind<P extends z.ZodType>(typed: TypedKind<P>): BulkKind {
  return typed as unknown as BulkKind
}

function filledIn(template: string, values: { label: string; type: string; n: string }): string {
  return template.replace(/\{(label|type|n)\}/g, (_, name: keyof typeof values) => values[name])
}

function noLabel(text: string): MillraceError {
  const message = `${JSON.stringify(text.slice(0, 200))} is no label: at most 128 characters, no control characters, no white space at either end`
  return new MillraceError('invalid_request', message)
}

/** A cell of a CSV is text where the setting takes it as text, else JSON. */
function readCells(type: InputType, settings: Parameters): Parameters {
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [name, isCell(value) ? readCell(type, name, value.cell) : value]),
  )
}

function readCell({ settings }: InputType, name: string, cell: string): unknown {
  const setting = settings.shape[name]
  if (setting === undefined || z.safeParse(setting, cell).success) return cell
  try {
    return JSON.parse(cell)
  } catch {
    return cell
  }
}

function isCell(value: unknown): value is { cell: string } {
  return typeof value === 'object' && value !== null && 'cell' in value && typeof value.cell === 'string'
}
