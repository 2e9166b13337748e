/** Changes of modules and their order, made of what is deployed: for a deployment, and for a draft that is only tried. */
import type { Language } from '../../transform.ts'
import { hashOfCode, type Texts } from '../store/transforms.ts'
import { type ModuleEntry, type TransformContent, withoutPart, withPart } from '../transform-content.ts'
import {
  linesOf,
  refusal,
  refuseTooMany,
  refuseWrongModule,
  refuseWrongOrder,
  transformRules,
} from './transform-rules.ts'

export interface ModuleChange {
  readonly name: string
  /** As the module has it where missing. */
  readonly language?: Language | undefined
  /** Empty: there is no such module any more. */
  readonly code: string
}

export interface CodeChange {
  readonly modules?: readonly ModuleChange[] | undefined
  /** null: the module `main`, where there is one. */
  readonly order?: readonly string[] | null | undefined
  /** Whether there are to be no other modules. */
  readonly isComplete?: boolean | undefined
}

/** @throws MillraceError `invalid_request`, `conflict`: there would be too many. */
export function changeCode(
  content: TransformContent,
  version: number,
  { modules: changes = [], order = content.order, isComplete = false }: CodeChange,
): { content: TransformContent; texts: Texts } {
  refuseRepeated(changes)
  let modules: ModuleEntry[] = isComplete
    ? content.modules.filter(({ name }) => changes.some((change) => change.name === name))
    : [...content.modules]
  for (const [place, change] of changes.entries()) {
    if (change.code === '') modules = withoutPart(modules, change.name)
    else modules = withPart(modules, entryOf(change, `modules.${place}`, content.modules, version))
  }
  refuseTooMany(modules, transformRules.modulesMax, 'modules')
  const kept =
    order === content.order ? (order?.filter((name) => modules.some((module) => module.name === name)) ?? null) : order
  if (kept) refuseWrongOrder(kept, modules)
  return { content: { ...content, modules, order: kept }, texts: textsOf(changes) }
}

function textsOf(changes: readonly ModuleChange[]): Texts {
  return new Map(changes.filter(({ code }) => code !== '').map(({ code }) => [hashOfCode(code), code]))
}

/** A module that stays as it is stays of the version that made it so. */
function entryOf(
  { name, language, code }: ModuleChange,
  field: string,
  before: readonly ModuleEntry[],
  version: number,
): ModuleEntry {
  refuseWrongModule({ name, code }, field)
  const present = before.find((module) => module.name === name)
  const speaks = language ?? present?.language
  if (speaks === undefined) throw refusal(`${field}.language`, 'A new module says in which language it is')
  const hash = hashOfCode(code)
  const since = present?.hash === hash && present.language === speaks ? present.since : version
  return { name, language: speaks, hash, lines: linesOf(code), bytes: Buffer.byteLength(code), since }
}

function refuseRepeated(changes: readonly ModuleChange[]): void {
  const names = changes.map(({ name }) => name)
  for (const [place, name] of names.entries()) {
    if (names.indexOf(name) < place) throw refusal(`modules.${place}.name`, `${name} stands there twice`)
  }
}
