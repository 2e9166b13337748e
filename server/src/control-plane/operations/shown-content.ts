/** What a version of users' code consists of, as it is shown. */
import { defaultTransformLimits } from '../../transform.ts'
import { type ModuleEntry, orderOf, type TransformContent } from '../transform-content.ts'

export interface Module extends Omit<ModuleEntry, 'hash'> {
  /** Which one after the other is called, from 0; null: it is only imported. */
  readonly place: number | null
}

export function modulesOf(content: TransformContent): Module[] {
  const order = orderOf(content)
  return content.modules.map(({ hash: _, ...module }) => {
    const place = order.indexOf(module.name)
    return { ...module, place: place === -1 ? null : place }
  })
}

/** As set, and as in force. */
export function settingsOf(content: TransformContent) {
  return {
    order: content.order && [...content.order],
    calledModules: [...orderOf(content)],
    limits: { ...defaultTransformLimits, ...content.limits },
  }
}
