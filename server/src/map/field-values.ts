/** The values in one event's JSON, each at its path, as the extractor understands them: see `json/src/extraction.ts`. */
import { type ScalarKind, type Visitor, walk } from '@millrace/json/walk'
import type { FieldPath } from './field-path.ts'
import { mapLimits } from './limits.ts'

/** `container`: an array, or an object below which paths do not go. */
export type ValueKind = Exclude<ScalarKind, 'null'> | 'container'

/** `path` is only good during the call; the value is `bytes[start .. end)`. */
export type VisitValue = (path: FieldPath, kind: ValueKind, start: number, end: number) => void

/**
 * Visits the values of the object `bytes[start .. end)` that are no null, in their order. An object whose path `isWhole` is a container
 * as well.
 */
export function visitValues(
  bytes: Uint8Array,
  start: number,
  end: number,
  visit: VisitValue,
  isWhole?: (path: FieldPath) => boolean,
): void {
  walk(bytes, start, end, new ValueVisitor(visit, isWhole))
}

class ValueVisitor implements Visitor {
  readonly #visit: VisitValue
  readonly #isWhole: ((path: FieldPath) => boolean) | undefined
  /** The keys down to the value that comes next. */
  readonly #path: string[] = []
  /** Objects that are open, the event's own included, none of them inside a container. */
  #objectDepth = 0
  /** Brackets that are open since a container began, its own included. */
  #containerDepth = 0
  #containerStart = 0

  constructor(visit: VisitValue, isWhole: ((path: FieldPath) => boolean) | undefined) {
    this.#visit = visit
    this.#isWhole = isWhole
  }

  objectStart(start: number): void {
    if (this.#containerDepth > 0 || this.#objectDepth > mapLimits.pathDepthMax - 1) this.arrayStart(start)
    else if (this.#objectDepth > 0 && this.#isWhole?.(this.#path)) this.arrayStart(start)
    else this.#objectDepth++
  }

  objectEnd(end: number): void {
    if (this.#containerDepth > 0) this.arrayEnd(end)
    else this.#objectDepth--
  }

  arrayStart(start: number): void {
    if (this.#containerDepth === 0) this.#containerStart = start
    this.#containerDepth++
  }

  arrayEnd(end: number): void {
    this.#containerDepth--
    if (this.#containerDepth === 0) this.#visit(this.#path, 'container', this.#containerStart, end)
  }

  key(key: string): void {
    if (this.#containerDepth > 0) return
    this.#path.length = this.#objectDepth
    this.#path[this.#objectDepth - 1] = key
  }

  scalar(kind: ScalarKind, start: number, end: number): void {
    if (this.#containerDepth === 0 && kind !== 'null') this.#visit(this.#path, kind, start, end)
  }
}
