/** Secrets that users' code may ask for. Their values are never told again, except to the code. */
import type { Store } from '../store/store.ts'
import { newestVersion } from '../store/transforms.ts'
import { contentOf, type TransformContent, withoutPart, withPart } from '../transform-content.ts'
import type { Deploying, DeployOptions } from './deploying.ts'
import { notFound, operation } from './operation.ts'
import { refusal, refuseTooMany, refuseWrongName, transformRules } from './transform-rules.ts'

export interface SecretPut extends DeployOptions {
  readonly value: string
}

export function secretsOfCodeOperations(store: Store, deploying: Deploying) {
  return {
    /** By name: the version that set each. */
    list: operation(
      'transforms:read',
      async (caller) => contentOf(await newestVersion(store.db, caller.workspace)).secrets,
    ),

    /** @throws MillraceError `invalid_request`, `conflict`: there are too many. */
    put: operation('transforms:write', (caller, name: string, { value, ...options }: SecretPut) => {
      const put = putSecret(name, value)
      return deploying.change(caller, 'transform.secret_set', options, put)
    }),

    /** For good: no rollback brings it back. */
    delete: operation('transforms:write', (caller, name: string, options: DeployOptions) =>
      deploying.change(caller, 'transform.secret_deleted', options, (content) => {
        const secrets = withoutPart(content.secrets, name)
        if (secrets.length === content.secrets.length) throw notFound('secret')
        return { content: { ...content, secrets }, secrets: { [name]: null } }
      }),
    ),
  }
}

/** A change that gives it this value. @throws MillraceError `invalid_request`. */
export function putSecret(name: string, value: string) {
  refuseWrongName(name)
  if (Buffer.byteLength(value) > transformRules.secretBytesMax) throw refusal('value', 'A secret has at most 64 KiB')
  return (content: TransformContent, version: number) => {
    const secrets = withPart(content.secrets, { name, since: version })
    refuseTooMany(secrets, transformRules.secretsMax, 'secrets of code')
    return { content: { ...content, secrets }, secrets: { [name]: value } }
  }
}
