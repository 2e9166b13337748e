/**
 * Values of series, `{"key", "value", "value_type", "epoch"}`: each says by itself what type its value is of, and a key is a name. A
 * text that reads as a date stays the text that it is: as a time it could not be told from others, `2026-01-31` from midnight.
 */
import type { FieldPath } from './field-path.ts'
import type { Finding } from './mapping-draft.ts'

/** Of one event's findings; those of paths that are not `isFree` are as they were. */
export function withTextsOfSeries(
  findings: readonly Finding[],
  isFree: (path: FieldPath) => boolean = () => true,
): readonly Finding[] {
  if (!named.every((name) => findings.some(({ path }) => isOnly(path, name)))) return findings
  return findings.map((finding) => {
    const { path, seen } = finding
    const isTime = seen.kind === 'date' || seen.kind === 'timestamp'
    const isOfSeries = isOnly(path, 'key') || isOnly(path, 'value')
    return isTime && isOfSeries && isFree(path) ? { path, seen: { kind: 'text' } } : finding
  })
}

const named = ['value_type', 'epoch', 'key']

function isOnly(path: FieldPath, name: string): boolean {
  return path.length === 1 && path[0] === name
}
