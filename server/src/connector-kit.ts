/**
 * What a connector in a package of its own is written with, as `@millrace/server/connector-kit`.
 * Packages get the kit of the server that loads them, so that its errors and schemas are the server's own.
 */
import type { EventDraft } from '@millrace/event/event'
import type { z } from 'zod'
import type { Connector } from './pull/connector.ts'

export { z } from 'zod'
export type {
  ConnectorContext,
  ConnectorHttp,
  DateRange,
  DiscoveryContext,
  HttpAnswer,
  HttpOptions,
  PackedRows,
  Page,
  PulledDraft,
  Resource,
} from './pull/connector.ts'
export { NotRetryable, sourceUnavailable } from './pull/connector.ts'
export { type ConnectorCheck, type ConnectorFixture, connectorChecks } from './pull/connector-checks.ts'
export { basicAuthorization, type OAuthAccess, type OAuthGrant, renewAccess } from './pull/oauth.ts'
export { packedPage } from './pull/packed-rows.ts'
export { bodyOf } from './pull/source-answer.ts'
export { secret } from './settings.ts'
export type { Connector }

/** Data of a draft: what JSON can say. */
export type Row = EventDraft['data']

/** The connector itself, with the types of `read` told by its schemas. */
export function defineConnector<S extends z.ZodObject, T extends z.ZodObject>(connector: Connector<S, T>): Connector {
  return connector as unknown as Connector
}
