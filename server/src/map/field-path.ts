/** A path: the keys from an event's own object inwards to a value. */

export type FieldPath = readonly string[]

/** One text for each path, to look it up by. */
export function pathKey(path: FieldPath): string {
  return path.length === 1 ? JSON.stringify(path[0]) : JSON.stringify(path).slice(1, -1)
}

/** The keys joined by points, a `.` or `\` in a key escaped by `\`: different paths have different texts. */
export function pathText(path: FieldPath): string {
  return path.map((key) => key.replace(/[.\\]/g, '\\$&')).join('.')
}

/** The order in which fields are named: fewest keys first, then by their UTF-16 code units, key by key. */
export function comparePaths(left: FieldPath, right: FieldPath): number {
  if (left.length !== right.length) return left.length - right.length
  for (const [place, key] of left.entries()) {
    const other = right[place]!
    if (key !== other) return key < other ? -1 : 1
  }
  return 0
}
