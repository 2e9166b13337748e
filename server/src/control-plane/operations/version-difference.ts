/** What one version of users' code changed of another, as a person reads it: unified diffs of modules, names of the rest. */
import { createTwoFilesPatch } from 'diff'
import type { TransformModule } from '../../transform.ts'

export interface ModuleDifference {
  readonly name: string
  readonly change: 'added' | 'removed' | 'changed'
  /** A unified diff with three lines around each change. */
  readonly patch: string
}

/** Of all modules together: a diff is worked out while nobody else is served. */
const timeMsMax = 500
const contextLines = 3

/** By name; modules that are the same in both are left out. */
export function differenceOf(
  before: readonly TransformModule[],
  after: readonly TransformModule[],
): ModuleDifference[] {
  const [old, fresh] = [before, after].map((modules) => new Map(modules.map((module) => [module.name, module])))
  const until = Date.now() + timeMsMax
  return [...new Set([...old!.keys(), ...fresh!.keys()])].sort().flatMap((name): ModuleDifference[] => {
    const [left, right] = [old!.get(name), fresh!.get(name)]
    if (left?.code === right?.code && left?.language === right?.language) return []
    const change = !left ? 'added' : !right ? 'removed' : 'changed'
    return [{ name, change, patch: patchOf(left, right, until - Date.now()) }]
  })
}

/** Whole texts against each other where finding what they share would take too long. */
function patchOf(left: TransformModule | undefined, right: TransformModule | undefined, timeMs: number): string {
  const [leftName, rightName] = [fileNameOf(left), fileNameOf(right)]
  const [before, after] = [left?.code ?? '', right?.code ?? '']
  const options = { context: contextLines, timeout: Math.max(timeMs, 1) }
  return (
    createTwoFilesPatch(leftName, rightName, before, after, undefined, undefined, options) ??
    [`--- ${leftName}`, `+++ ${rightName}`, ...replaced(before, after), ''].join('\n')
  )
}

function replaced(before: string, after: string): string[] {
  const [old, fresh] = [before, after].map((text) => text.replace(/\n$/, '').split('\n'))
  return [
    `@@ -1,${old!.length} +1,${fresh!.length} @@`,
    ...old!.map((line) => `-${line}`),
    ...fresh!.map((line) => `+${line}`),
  ]
}

const endings = { typescript: 'ts', javascript: 'js', python: 'py' }

function fileNameOf(module: TransformModule | undefined): string {
  return module ? `${module.name}.${endings[module.language]}` : '/dev/null'
}
