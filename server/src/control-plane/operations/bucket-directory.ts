/** Which event type a bucket's values are of, kept in memory for the intake; a bucket is made when it is first heard of. */
import { hash } from 'node:crypto'
import { newId } from '@millrace/event/id'
import { limits } from '@millrace/event/limits'
import type { InputSnapshot } from '../../inputs.ts'
import {
  allBuckets,
  type BucketRow,
  findBucketByKey,
  insertBucket,
  isBucketEventType,
  renameBucket,
} from '../store/buckets.ts'
import type { Tx } from '../store/schema.ts'
import type { Author, Store } from '../store/store.ts'

export interface BucketDirectory {
  /** The bucket of this input with this key, made where there is none, durably; a `name` names it. */
  find(input: InputSnapshot, bucket: { key: string; name?: string }): Promise<{ eventType: string; isNew: boolean }>
  /** Reads all buckets again; to be awaited after every change of them elsewhere. */
  refresh(): Promise<void>
  /** Told of workspaces whose buckets are others, or called otherwise, than before. */
  watch(listener: (workspace: string) => void): void
}

type KnownBucket = Pick<BucketRow, 'eventType' | 'name' | 'workspaceId'>

export async function openBucketDirectory(store: Store): Promise<BucketDirectory> {
  const readAll = async () =>
    new Map<string, KnownBucket>((await allBuckets(store.db)).map((row) => [placeOf(row.inputId, row.key), row]))
  let known = await readAll()
  const listeners: ((workspace: string) => void)[] = []
  const tell = (workspace: string) => {
    for (const listener of listeners) listener(workspace)
  }

  const ensure = (input: InputSnapshot, key: string, name: string | undefined) =>
    store.change(authorOf(input), async (tx) => {
      const { workspace: workspaceId, id: inputId } = input
      const present = await findBucketByKey(tx, { workspaceId, inputId, key })
      const row = present ?? (await newRow(tx, input, key, name, store.now()))
      if (present === undefined) await insertBucket(tx, row)
      else if (name !== undefined) await renameBucket(tx, workspaceId, row.id, name)
      const named = { ...row, name: name ?? row.name }
      const action = present === undefined ? 'bucket.created' : 'bucket.renamed'
      const detail = { key, name: named.name, inputId }
      return { result: { row: named, isNew: !present }, audit: { workspaceId, action, object: row.id, detail } }
    })

  return {
    async find(input, { key, name }) {
      const place = placeOf(input.id, key)
      const bucket = known.get(place)
      if (bucket !== undefined && (name === undefined || name === bucket.name)) {
        return { eventType: bucket.eventType, isNew: false }
      }
      const { row, isNew } = await ensure(input, key, name)
      known.set(place, row)
      tell(row.workspaceId)
      return { eventType: row.eventType, isNew }
    },
    async refresh() {
      const before = known
      known = await readAll()
      for (const workspace of new Set([...before.values(), ...known.values()].map(({ workspaceId }) => workspaceId)))
        tell(workspace)
    },
    watch: (listener) => void listeners.push(listener),
  }
}

function placeOf(inputId: string, key: string): string {
  return `${inputId} ${key}`
}

async function newRow(tx: Tx, input: InputSnapshot, key: string, name = '', now: number): Promise<BucketRow> {
  const { workspace: workspaceId, id: inputId } = input
  const eventType = await freeEventType(tx, input, key)
  return { workspaceId, id: newId(now), inputId, key, name, eventType, createdAt: now }
}

/** The bucket's key; where another input's bucket has that already, with the input's label behind it. */
async function freeEventType(tx: Tx, { workspace, label }: InputSnapshot, key: string): Promise<string> {
  for (let attempt = 0; ; attempt++) {
    const wanted = [key, `${key} ${label}`][attempt] ?? `${key} ${label} ${attempt}`
    const name = withinLimit(wanted)
    if (!(await isBucketEventType(tx, workspace, name))) return name
  }
}

/** A name that is too long keeps its beginning, and the beginning of its hash. */
function withinLimit(name: string): string {
  if (name.length <= limits.eventTypeCharsMax) return name
  const digest = hash('sha256', name).slice(0, 8)
  return `${name
    .slice(0, limits.eventTypeCharsMax - 9)
    .toWellFormed()
    .trim()}_${digest}`
}

function authorOf({ id }: InputSnapshot): Author {
  return { actor: `input ${id}`, tokenId: null, ip: null, requestId: null }
}
