/** Names of what is derived, which are names of columns in views; and the names of the views. */
import { viewPrefixes } from './model.ts'
import { foldName } from './sql.ts'

export const nameCharsMax = 63

/** Why a text cannot be the name of something derived; undefined where it can. */
export function derivedNameFault(name: string): string | undefined {
  if (name === '' || [...name].length > nameCharsMax) return `Needs 1 to ${nameCharsMax} characters`
  if (!name.isWellFormed() || /[\p{Cc}\p{Zl}\p{Zp}]/u.test(name))
    return 'Needs to be one line without control characters'
  if (name.trim() !== name) return 'Needs no white space at either end'
  if (/^_m(r_|illrace)/i.test(name)) return 'Begins with what Millrace keeps for itself'
  return undefined
}

/** Whether a name is one that only views of the semantic layer have. */
export function isViewName(name: string): boolean {
  return Object.values(viewPrefixes).some((prefix) => foldName(name).startsWith(prefix))
}

export function viewOfTable(table: string): string {
  return `${viewPrefixes.table}${table}`
}

/** `Ad region` → `harmonised_ad_region`, easy to type in SQL. */
export function viewOfHarmonised(name: string): string {
  const word = foldName(name)
    .replaceAll(/[^\p{L}\p{M}\p{N}]+/gu, '_')
    .replaceAll(/^_+|_+$/g, '')
  return `${viewPrefixes.harmonised}${word === '' ? 'dimension' : word}`
}

/** The names that come nearest to one that is not there, the nearest first; few, and none that is far. */
export function nearest(wanted: string, names: Iterable<string>): string[] {
  const folded = foldName(wanted)
  const farthest = Math.ceil(folded.length / 3)
  return [...new Set(names)]
    .map((name) => ({ name, distance: distanceOf(folded, foldName(name), farthest) }))
    .filter(({ distance }) => distance <= farthest)
    .sort((one, other) => one.distance - other.distance || (one.name < other.name ? -1 : 1))
    .slice(0, 3)
    .map(({ name }) => name)
}

/** `did you mean a or b?` for the end of a sentence; nothing where nothing comes near. */
export function suggestion(wanted: string, names: Iterable<string>): string {
  const near = nearest(wanted, names)
  return near.length === 0 ? '' : `: did you mean ${near.join(' or ')}?`
}

/** How many characters must be added, left out or replaced; anything above `max` where it is more than that. */
function distanceOf(one: string, other: string, max: number): number {
  if (Math.abs(one.length - other.length) > max) return max + 1
  let row = Array.from({ length: other.length + 1 }, (_, index) => index)
  for (let i = 1; i <= one.length; i++) {
    const next = [i]
    for (let j = 1; j <= other.length; j++) {
      const replaced = row[j - 1]! + (one[i - 1] === other[j - 1] ? 0 : 1)
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1))
    }
    row = next
  }
  return row.at(-1)!
}
