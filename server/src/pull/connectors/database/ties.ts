/**
 * Reading by a column that says what is new, without losing or doubling rows that share its value. Rows come in its order, and each run
 * looks again from its last value on: rows that were committed late with that same value are found, and those that were read are known
 * by what tells them apart. Where too many share it to be remembered, the ids of events tell.
 */

/** What tells the rows apart that have the last value; null where they are too many. */
export type Ties = readonly string[] | null

/** Where a row lies, seen from the last value of the runs before: behind it in what is looked at again, at it, or after it. */
export type TiePlace = '<' | '=' | '>'

const tiesMax = 2_000

export function openTies(cursor: string | undefined, before: Ties) {
  const old = new Set(before)
  let at = cursor
  let isMoved = false
  let known: Set<string> | null = before === null ? null : new Set(before)
  return {
    /** Notes a row, and says whether it was read before. Rows have to come in the order of the cursor. */
    isKnown(value: string, mark: string, place: TiePlace): boolean {
      if (place === '<') return false
      if (place === '=' && old.has(mark)) return true
      if (place === '>' && value !== at) {
        at = value
        isMoved = true
        known = new Set()
      }
      if (known !== null && known.add(mark).size > tiesMax) known = null
      return false
    },
    /** The greatest value so far. */
    get cursor() {
      return at
    },
    /** Whether it is another one than before. */
    get isMoved() {
      return isMoved
    },
    get ties(): string[] | null {
      return known === null ? null : [...known]
    },
  }
}
