/** Inputs: where events come in. Found by name, type or id; made anew or like one that there is. */
import { bodyOf, type Client, ClientError } from './client.ts'
import { listItems } from './lists.ts'
import { setMappingMode } from './mappings.ts'
import type { components } from './openapi.ts'

export type Input = components['schemas']['Input']

export interface InputFilter {
  /** Matches labels: `/^shop/`. */
  readonly name?: RegExp
  readonly type?: string
  readonly id?: string
}

/** The inputs that match all that the filter says; every one where it says nothing. @throws ClientError */
export async function getInputs(client: Client, { name, type, id }: InputFilter = {}): Promise<Input[]> {
  const inputs = await listItems((query) => bodyOf(client.GET('/api/v1/inputs', { params: { query } })))
  return inputs.filter(
    (input) =>
      (id === undefined || input.id === id) &&
      (type === undefined || input.type === type) &&
      (name === undefined || input.label.search(name) >= 0),
  )
}

/** The input with this id or, where there is none, this label. @throws ClientError `not_found`. */
export async function getInput(client: Client, idOrLabel: string): Promise<Input> {
  const inputs = await getInputs(client)
  const found = inputs.find(({ id }) => id === idOrLabel) ?? inputs.find(({ label }) => label === idOrLabel)
  if (found) return found
  const detail = `There is no input ${JSON.stringify(idOrLabel)}`
  const hint = `There are: ${inputs.map(({ label }) => label).join(', ') || 'none'}.`
  throw new ClientError({ status: 404, code: 'not_found', detail, hint })
}

export interface InputDraft {
  /** Unique in its workspace. */
  readonly label: string
  /** As `GET /input-types` lists them. That of `like`, else `native`, where missing. */
  readonly type?: string
  /** Over those of `like`. */
  readonly settings?: Readonly<Record<string, unknown>>
  /** One that the new one is to be like: its type and settings. Where they hold secrets, give these anew: none can be read. */
  readonly like?: Pick<Input, 'type' | 'settings'>
  /**
   * Its event types get their columns by themselves: sets the workspace's mapping mode, of all event types without a mode of
   * their own, to AUTO_MAP.
   */
  readonly oneClick?: boolean
}

export interface MadeInput {
  readonly input: Input
  /** Shown this once; null where nobody sends to such an input. */
  readonly key: string | null
  /** What its clients log in with, under the names that they use. */
  readonly credentials: Readonly<Record<string, string>>
}

/** Not safe to repeat: a second call is refused. @throws ClientError `conflict`: the label is taken; `invalid_request`. */
export async function createInput(client: Client, { like, oneClick, ...draft }: InputDraft): Promise<MadeInput> {
  const type = draft.type ?? like?.type ?? 'native'
  const settings = { ...(like?.type === type && readable(like.settings)), ...draft.settings }
  const made = await bodyOf(client.POST('/api/v1/inputs', { body: { label: draft.label, type, settings } }))
  if (oneClick) await setMappingMode(client, 'AUTO_MAP')
  return made
}

/** Of a secret the API tells only that it is set. */
function readable(settings: Input['settings']): Input['settings'] {
  const isMark = (value: unknown) => typeof value === 'object' && value !== null && 'set' in value && value.set === true
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => !isMark(value)))
}

export interface InputChange {
  readonly label?: string
  /** Those that change; null takes one back to its default. */
  readonly settings?: Readonly<Record<string, unknown>>
}

/** Safe to repeat. @throws ClientError `not_found`, `conflict`, `invalid_request`. */
export function editInput(client: Client, id: string, change: InputChange): Promise<Input> {
  return update(client, id, change)
}

/** Lets nothing in until it is resumed; what is sent meanwhile is refused. @throws ClientError `not_found`. */
export function pauseInput(client: Client, id: string): Promise<Input> {
  return update(client, id, { isEnabled: false })
}

/** @throws ClientError `not_found`. */
export function resumeInput(client: Client, id: string): Promise<Input> {
  return update(client, id, { isEnabled: true })
}

function update(client: Client, id: string, body: InputChange & { isEnabled?: boolean }): Promise<Input> {
  return bodyOf(client.PATCH('/api/v1/inputs/{id}', { params: { path: { id } }, body }))
}

/** With its keys; its events stay. @throws ClientError `not_found`. */
export async function removeInput(client: Client, id: string): Promise<void> {
  await client.DELETE('/api/v1/inputs/{id}', { params: { path: { id } } })
}
