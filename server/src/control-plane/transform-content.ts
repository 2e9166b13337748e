/** What one version of users' code consists of, as the store has it: JSON, with the long texts elsewhere, by their hash. */
import { isDeepStrictEqual } from 'node:util'
import { type Language, mainModule, type TransformLimits } from '../transform.ts'
import type { TransformVersionRow } from './store/transforms.ts'

export interface TransformContent {
  /** By name. */
  readonly modules: readonly ModuleEntry[]
  /** As somebody set it; null: the module `main`, where there is one. */
  readonly order: readonly string[] | null
  /** By name. */
  readonly lookups: readonly LookupEntry[]
  /** By name; their values are sealed elsewhere, and only those of the newest version are kept. */
  readonly secrets: readonly Part[]
  /** Those that differ from the defaults. */
  readonly limits: Partial<TransformLimits>
}

interface Part {
  readonly name: string
  /** The version that last set it. */
  readonly since: number
}

export interface ModuleEntry extends Part {
  readonly language: Language
  readonly hash: string
  readonly lines: number
  readonly bytes: number
}

export interface LookupEntry extends Part {
  readonly hash: string
  readonly keys: number
  readonly bytes: number
}

export const emptyContent: TransformContent = { modules: [], order: null, lookups: [], secrets: [], limits: {} }

export function contentOf(row: Pick<TransformVersionRow, 'content'> | undefined): TransformContent {
  return row ? (JSON.parse(row.content) as TransformContent) : emptyContent
}

/** Names of the modules whose `transform` is called, one after the other. */
export function orderOf({ order, modules }: Pick<TransformContent, 'order'> & NamedModules): readonly string[] {
  return order ?? modules.filter(({ name }) => name === mainModule).map(({ name }) => name)
}

interface NamedModules {
  readonly modules: readonly { readonly name: string }[]
}

/** A part in place of the one with its name, or beside the others; by name. */
export function withPart<P extends Part>(parts: readonly P[], part: P): P[] {
  return [...withoutPart(parts, part.name), part].sort((left, right) => (left.name < right.name ? -1 : 1))
}

export function withoutPart<P extends Part>(parts: readonly P[], name: string): P[] {
  return parts.filter((part) => part.name !== name)
}

/** What differs, as it is told: `module main`, `order`, `lookup cities`, `secret salt`, `limits`. */
export function changedParts(before: TransformContent, after: TransformContent): string[] {
  return [
    ...changedNames(before.modules, after.modules).map((name) => `module ${name}`),
    ...(isDeepStrictEqual(before.order, after.order) ? [] : ['order']),
    ...changedNames(before.lookups, after.lookups).map((name) => `lookup ${name}`),
    ...changedNames(before.secrets, after.secrets).map((name) => `secret ${name}`),
    ...(isDeepStrictEqual(before.limits, after.limits) ? [] : ['limits']),
  ]
}

/** Of modules and lookups what they say counts, of secrets when they were set. */
function changedNames(before: readonly Comparable[], after: readonly Comparable[]): string[] {
  const says = ({ hash, language, since }: Comparable) => (hash === undefined ? since : `${language} ${hash}`)
  const [old, fresh] = [before, after].map((parts) => new Map(parts.map((part) => [part.name, says(part)])))
  const names = new Set([...old!.keys(), ...fresh!.keys()])
  return [...names].filter((name) => old!.get(name) !== fresh!.get(name)).sort()
}

type Comparable = Part & { readonly hash?: string; readonly language?: Language }
