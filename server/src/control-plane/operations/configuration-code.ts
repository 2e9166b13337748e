/** What a plan changes of users' code, lookups and secrets, as one edit of what is deployed: one version, whole. */
import { defaultTransformLimits } from '../../transform.ts'
import type { Texts } from '../store/transforms.ts'
import { type TransformContent, withoutPart } from '../transform-content.ts'
import type { ObjectChange } from './configuration-difference.ts'
import type { TransformsPart } from './configuration-parts.ts'
import type { Edit } from './deploying.ts'
import { putLookup } from './lookups.ts'
import { changeCode, type ModuleChange } from './module-changes.ts'
import { putSecret } from './secrets-of-code.ts'
import { refusal } from './transform-rules.ts'
import { changeLimits } from './transforms.ts'

export function codeEdit(wanted: TransformsPart, changes: readonly ObjectChange[]) {
  return (before: TransformContent, version: number): Edit => {
    const secrets: Record<string, string | null> = {}
    const texts = new Map<string, string>()
    let content = withModules(before, version, wanted, changes, texts)
    for (const { kind, action, name } of changes) {
      if (kind === 'lookup' && action === 'delete')
        content = { ...content, lookups: withoutPart(content.lookups, name) }
      else if (kind === 'lookup') {
        const put = putLookup(name, wanted.lookups.find((lookup) => lookup.name === name)!.entries)(content, version)
        for (const [hash, text] of put.texts) texts.set(hash, text)
        content = put.content
      } else if (kind === 'secret' && action === 'delete') {
        secrets[name] = null
        content = { ...content, secrets: withoutPart(content.secrets, name) }
      } else if (kind === 'secret') {
        const { value } = wanted.secrets.find((secret) => secret.name === name)!.value.secret
        const put = putSecret(name, value!)(content, version)
        Object.assign(secrets, put.secrets)
        content = put.content
      }
    }
    return { content, texts, secrets }
  }
}

function withModules(
  before: TransformContent,
  version: number,
  wanted: TransformsPart,
  changes: readonly ObjectChange[],
  texts: Map<string, string>,
): TransformContent {
  const modules = changes.flatMap(({ kind, action, name }): ModuleChange[] => {
    if (kind !== 'module') return []
    if (action === 'delete') return [{ name, code: '' }]
    const module = wanted.modules.find((one) => one.name === name)!
    if (module.code === '') throw refusal(`module ${name}`, 'It is empty')
    return [module]
  })
  const order = wanted.order === undefined ? before.order : wanted.order
  const { content, texts: added } = changeCode(before, version, { modules, order })
  for (const [hash, text] of added as Texts) texts.set(hash, text)
  if (wanted.limits === undefined) return content
  const limits = Object.entries({ ...defaultTransformLimits, ...wanted.limits }).map(([name, value]) => [
    name,
    value === defaultTransformLimits[name as keyof typeof defaultTransformLimits] ? null : value,
  ])
  return { ...content, limits: changeLimits(content.limits, Object.fromEntries(limits)) }
}
