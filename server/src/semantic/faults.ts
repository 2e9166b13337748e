/** What is wrong with the objects of a semantic layer, gathered while it is resolved. */
import type { SemanticKind } from './model.ts'

export interface Fault {
  /** Of the object's definition, from the outside in, with dots between. */
  readonly field: string
  readonly message: string
  /** Whether it is nothing but a name that something else has. */
  readonly isTaken?: true
}

/** Tells objects apart, whatever their kind. */
export type ObjectKey = `${SemanticKind}:${string}` | `column:${string}`

export function keyOf(kind: SemanticKind, id: string): ObjectKey {
  return `${kind}:${id}`
}

export function keyOfColumn(table: string, column: string): ObjectKey {
  return `column:${JSON.stringify([table, column])}`
}

export class Faults {
  readonly #faults = new Map<ObjectKey, Fault[]>()
  readonly #clashes = new Map<ObjectKey, Fault[]>()

  add(key: ObjectKey, field: string, message: string): void {
    addTo(this.#faults, key, { field, message })
  }

  addTaken(key: ObjectKey, message: string): void {
    addTo(this.#faults, key, { field: 'name', message, isTaken: true })
  }

  /** A name that a column has, too: no fault of what is there, but a reason not to save what is new. */
  addClash(key: ObjectKey, message: string): void {
    addTo(this.#clashes, key, { field: 'name', message, isTaken: true })
  }

  clashesOf(key: ObjectKey): readonly Fault[] {
    return this.#clashes.get(key) ?? []
  }

  of(key: ObjectKey): readonly Fault[] {
    return this.#faults.get(key) ?? []
  }

  has(key: ObjectKey): boolean {
    return this.#faults.has(key)
  }

  /** Faults or clashes, of any object. */
  get hasSome(): boolean {
    return this.#faults.size > 0 || this.#clashes.size > 0
  }

  entries(): IterableIterator<[ObjectKey, Fault[]]> {
    return this.#faults.entries()
  }
}

function addTo(faults: Map<ObjectKey, Fault[]>, key: ObjectKey, fault: Fault): void {
  const there = faults.get(key) ?? []
  if (there.some(({ field, message }) => field === fault.field && message === fault.message)) return
  faults.set(key, [...there, fault])
}
