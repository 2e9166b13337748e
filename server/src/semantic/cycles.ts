/** Things that lead back to themselves. */

/** Of each that lies on a circle, the circle: from itself to itself. `next` names what each leads to; unknown ones lead nowhere. */
export function circlesIn(next: ReadonlyMap<string, readonly string[]>): Map<string, readonly string[]> {
  const circles = new Map<string, readonly string[]>()
  const done = new Set<string>()
  const place = new Map<string, number>()
  const path: string[] = []
  const visit = (id: string): void => {
    if (done.has(id)) return
    const at = place.get(id)
    if (at !== undefined) {
      const circle = path.slice(at)
      for (const [index, one] of circle.entries())
        if (!circles.has(one)) circles.set(one, [...circle.slice(index), ...circle.slice(0, index), one])
      return
    }
    place.set(id, path.length)
    path.push(id)
    for (const other of next.get(id) ?? []) visit(other)
    path.pop()
    place.delete(id)
    done.add(id)
  }
  for (const id of next.keys()) visit(id)
  return circles
}
