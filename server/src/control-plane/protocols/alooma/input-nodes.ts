/** Inputs as nodes: ours, and those of types that nothing here can run, which are kept and stand still. */
import { newId } from '@millrace/event/id'
import { hasCode } from '../../../errors.ts'
import type { Input } from '../../operations/inputs.ts'
import { type Caller, notFound } from '../../operations/operation.ts'
import { mask, unmasked } from '../masking.ts'
import { aloomaType, nativeTypeFor } from './input-types.ts'
import type { Value } from './kept.ts'
import { type Node, nodeOf } from './nodes.ts'
import type { AloomaParts } from './route.ts'
import { isS3, settingsOfS3 } from './s3-input.ts'

export interface InputDraft {
  readonly name: string
  readonly type: string
  readonly configuration: Value
}

export interface InputChange {
  readonly name?: string | undefined
  readonly configuration?: Value | undefined
  readonly isPaused?: boolean | undefined
}

/** An input of a type that nothing here can run. */
export interface StandingInput extends InputDraft {
  readonly isPaused: boolean
  readonly createdAt: number
  /** Why it stands still. */
  readonly reason?: string
}

const pageRows = 1_000
/** Seconds; what Alooma waited between two looks at a source. */
export const defaultSleepTime = 60

export interface InputNodes {
  /** Ours first. */
  list(caller: Caller): Promise<Node[]>
  /** @throws MillraceError `not_found`. */
  get(caller: Caller, id: string): Promise<Node>
  /** Unless it is validated, one that could not run is kept, too. */
  create(caller: Caller, draft: InputDraft, isValidated: boolean): Promise<Node>
  change(caller: Caller, id: string, change: InputChange): Promise<Node>
  remove(caller: Caller, id: string): Promise<void>
}

export function openInputNodes({ operations: { inputs }, kept, port }: AloomaParts): InputNodes {
  const standing = async (caller: Caller, id: string) =>
    (await kept.get(caller, 'input', id)) as StandingInput | undefined

  const nativeNode = async (caller: Caller, input: Input): Promise<Node> => {
    const said = (await kept.get(caller, 'input-configuration', input.id)) ?? {}
    return nodeOfInput(input, said)
  }

  const get = async (caller: Caller, id: string): Promise<Node> => {
    const other = await standing(caller, id)
    if (other) return nodeOfStanding(id, other)
    return nativeNode(caller, await inputs.get(caller, id))
  }

  return {
    async list(caller) {
      const said = new Map((await kept.list(caller, 'input-configuration')).map(({ id, value }) => [id, value]))
      const native = await allInputs(inputs.list, caller)
      const others = await kept.list(caller, 'input')
      return [
        ...native.map((input) => nodeOfInput(input, said.get(input.id) ?? {})),
        ...others.map(({ id, value }) => nodeOfStanding(id, value as unknown as StandingInput)),
      ]
    },

    get,

    async create(caller, draft, isValidated) {
      const { name, type, configuration } = draft
      const native = nativeTypeFor(type, await inputs.types(caller))
      if (native === undefined) return stand(caller, draft, noConnector(type.toUpperCase()))
      if (type.toUpperCase() === 'S3') {
        try {
          return await createS3(caller, native, draft)
        } catch (error) {
          if (isValidated || !hasCode(error, 'invalid_request')) throw error
          return stand(caller, draft, error.message)
        }
      }
      const { settings, rest } = split(configuration, await settingNames(caller, native))
      const { input } = await inputs.create(caller, { label: name, type: native, settings })
      await kept.put(caller, 'input-configuration', input.id, rest)
      return get(caller, input.id)
    },

    async change(caller, id, { name, configuration, isPaused }) {
      const other = await standing(caller, id)
      if (other) {
        const changed = {
          ...other,
          ...(name !== undefined && { name }),
          ...(configuration && { configuration: { ...other.configuration, ...configuration } }),
          ...(isPaused !== undefined && { isPaused }),
        }
        await kept.put(caller, 'input', id, changed)
        return get(caller, id)
      }
      const input = await inputs.get(caller, id)
      const before = (await kept.whole(caller, 'input-configuration', id)) ?? {}
      const { settings, rest } =
        configuration && isS3(input.type, before)
          ? changedS3(input, before, configuration)
          : split(configuration ?? {}, await settingNames(caller, input.type))
      await inputs.update(caller, id, {
        ...(name !== undefined && { label: name }),
        ...(Object.keys(settings).length > 0 && { settings }),
        ...(isPaused !== undefined && { isEnabled: !isPaused }),
      })
      if (configuration) await kept.put(caller, 'input-configuration', id, { ...before, ...rest })
      return get(caller, id)
    },

    async remove(caller, id) {
      if (await kept.remove(caller, 'input', id)) return
      await inputs.delete(caller, id)
      await kept.remove(caller, 'input-configuration', id)
      await kept.remove(caller, 'input-sleep-time', id)
    },
  }

  /** Keeps an input that cannot run, and why. */
  async function stand(caller: Caller, { name, type, configuration }: InputDraft, reason: string): Promise<Node> {
    const createdAt = Date.now()
    const id = newId(createdAt)
    const input = { name, type: type.toUpperCase(), configuration, isPaused: false, createdAt, reason }
    await kept.put(caller, 'input', id, input)
    return get(caller, id)
  }

  /** A source, which begins at once and looks again as often as Alooma did. */
  async function createS3(caller: Caller, type: string, { name, configuration }: InputDraft): Promise<Node> {
    const settings = settingsOfS3(name, configuration, Date.now())
    const { input } = await inputs.create(caller, { label: name, type, settings })
    await kept.put(caller, 'input-configuration', input.id, configuration)
    await port.setSleepTime(caller, input.id, defaultSleepTime)
    return get(caller, input.id)
  }

  async function settingNames(caller: Caller, type: string): Promise<ReadonlySet<string>> {
    const found = (await inputs.types(caller)).find(({ name }) => name === type)
    if (!found) throw notFound('input type')
    return new Set(Object.keys(found.settings.shape))
  }
}

/** All settings anew; the table stays what it was, whatever the input is called now. */
function changedS3({ settings: { table }, createdAt }: Input, before: Value, change: Value) {
  const rest = unmasked({ ...before, ...change }, before) as Value
  return { settings: settingsOfS3(String(table), rest, createdAt), rest }
}

/** What the type knows is its settings; the rest is kept as it was said. A masked value is one that did not change. */
function split(configuration: Value, names: ReadonlySet<string>): { settings: Value; rest: Value } {
  const entries = Object.entries(configuration)
  const isSetting = ([name]: [string, unknown]) => names.has(name)
  return {
    settings: Object.fromEntries(entries.filter((entry) => isSetting(entry) && entry[1] !== mask)),
    rest: Object.fromEntries(entries.filter((entry) => !isSetting(entry))),
  }
}

async function allInputs(list: AloomaParts['operations']['inputs']['list'], caller: Caller): Promise<Input[]> {
  const all: Input[] = []
  for (;;) {
    const page = await list(caller, { limit: pageRows, after: all.at(-1)?.id })
    all.push(...page)
    if (page.length < pageRows) return all
  }
}

export function nodeOfInput(input: Input, said: Value): Node {
  const { id, label, type, settings, createdAt, disabledAt } = input
  const shown = Object.entries(settings).map(([name, value]) => [name, isMark(value) ? mask : value])
  const isBucket = isS3(type, said)
  return nodeOf({
    id,
    name: label,
    type: isBucket ? 'S3' : aloomaType(type),
    category: 'INPUT',
    configuration: { ...said, ...(!isBucket && Object.fromEntries(shown)) },
    state: disabledAt === null ? 'RUNNING' : 'PAUSED',
    paused: disabledAt !== null,
    created_at: new Date(createdAt).toISOString(),
  })
}

function noConnector(type: string): string {
  return `Millrace had no connector for ${type} when this input was made: it is kept and fetches nothing. POST /api/v1/inputs makes a source of what GET /api/v1/input-types lists.`
}

export function nodeOfStanding(id: string, input: StandingInput): Node {
  const { name, type, configuration, isPaused, createdAt, reason = noConnector(type) } = input
  return nodeOf({
    id,
    name,
    type,
    category: 'INPUT',
    configuration,
    state: 'NOT_RUNNING',
    stateReason: reason,
    paused: isPaused,
    validated: false,
    created_at: new Date(createdAt).toISOString(),
    stats: { throughput: 0 },
  })
}

function isMark(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'set' in value
}
