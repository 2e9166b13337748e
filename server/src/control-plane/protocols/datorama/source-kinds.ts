/** Which type of source a data stream's `dataSourceName` means, and which of its config that type has settings for. */
import { refused } from './bodies.ts'
import type { SourceKind } from './datorama-port.ts'
import type { Attributes } from './kept.ts'

/** What Datorama calls a source that it is pushed to is here one that fetches; their names, and our title. */
const aliases: Readonly<Record<string, string>> = { totalconnect: 'http json' }
const usual = 'http json'

/** By title or by type, whatever the case; without a name HTTP JSON where the config has an address. */
export function kindNamed(
  kinds: readonly SourceKind[],
  name: string | null,
  config: Attributes | undefined,
): SourceKind | undefined {
  const asked = name?.trim().toLowerCase() ?? (config !== undefined && 'url' in config ? usual : undefined)
  if (asked === undefined) return undefined
  const wanted = aliases[asked] ?? asked
  return kinds.find(({ title, type }) => title.toLowerCase() === wanted || type === wanted)
}

export function split(kind: SourceKind | undefined, config: Attributes): { settings: Attributes; extras: Attributes } {
  const isSetting = ([name]: [string, unknown]) => kind?.settings.includes(name) ?? false
  const entries = Object.entries(config)
  return {
    settings: Object.fromEntries(entries.filter(isSetting)),
    extras: Object.fromEntries(entries.filter((entry) => !isSetting(entry))),
  }
}

/** What a source is it stays. @throws MillraceError `invalid_request`. */
export function refuseOtherKind(kinds: readonly SourceKind[], kind: SourceKind | undefined, name: string): void {
  const other = kindNamed(kinds, name, {})
  if (other?.type === kind?.type) return
  throw refused(
    `dataSourceName: the source of this stream is ${kind?.title}, and cannot become ${JSON.stringify(name)}`,
  )
}
