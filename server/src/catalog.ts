/** Every protocol, subscriber and connector there is, on one page. A component is one file that exports one value; here it gets its name. */

import { alooma } from './control-plane/protocols/alooma/alooma.ts'
import { datorama } from './control-plane/protocols/datorama/datorama.ts'
import type { ManagementProtocol } from './control-plane/protocols/management-protocol.ts'
import { MillraceError } from './errors.ts'
import type { Protocol } from './ingest/protocol.ts'
import { atom } from './ingest/protocols/atom/atom.ts'
import { cloudevents } from './ingest/protocols/cloudevents/cloudevents.ts'
import { initialState } from './ingest/protocols/initial-state/initial-state.ts'
import { native } from './ingest/protocols/native.ts'
import { panoply } from './ingest/protocols/panoply/panoply.ts'
import { pixel } from './ingest/protocols/pixel.ts'
import { segment } from './ingest/protocols/segment/segment.ts'
import { webhook } from './ingest/protocols/webhook.ts'
import type { InputType } from './inputs.ts'
import type { Connector } from './pull/connector.ts'
import { files } from './pull/connectors/files.ts'
import { httpJson } from './pull/connectors/http-json.ts'
import { kafka } from './pull/connectors/kafka.ts'
import { mysql } from './pull/connectors/mysql.ts'
import { postgres } from './pull/connectors/postgres.ts'
import { singerTaps } from './pull/connectors/singer.ts'
import type { Subscriber } from './pull/subscriber.ts'
import { mqtt } from './pull/subscribers/mqtt.ts'

/** Where two share a path, the one named first is asked first. */
export const protocols = {
  native,
  webhook,
  atom,
  'initial-state': initialState,
  panoply,
  segment,
  cloudevents,
  pixel,
} as const satisfies Record<string, Protocol>

/** What goes and listens by itself. */
export const subscribers = { mqtt } as const satisfies Record<string, Subscriber>

/** What fetches, in jobs. */
export const connectors: Readonly<Record<string, Connector>> = {
  'http-json': httpJson,
  files,
  postgres,
  mysql,
  kafka,
  singer: singerIn(''),
}

function singerIn(root: string): Connector {
  return singerTaps(root) as unknown as Connector
}

/** What workspaces can be managed by, in another product's words. */
export const managementProtocols = { alooma, datorama } as const satisfies Record<string, ManagementProtocol>

/** What an input can be. */
export const inputTypes: Readonly<Record<string, InputType>> = {
  ...protocols,
  ...subscribers,
  ...sourceTypes(connectors),
}

/** What there is with the connectors of packages; `singerRoot`: the folder of Singer taps, '' where none may be run. @throws MillraceError `invalid_request`: a name of theirs is taken. */
export function catalogWith(
  more: Readonly<Record<string, Connector>>,
  singerRoot: string,
): {
  readonly connectors: Readonly<Record<string, Connector>>
  readonly inputTypes: Readonly<Record<string, InputType>>
} {
  const taken = Object.keys(more).find((name) => name in inputTypes || name in managementProtocols)
  if (taken === undefined)
    return {
      connectors: { ...connectors, ...more, singer: singerIn(singerRoot) },
      inputTypes: { ...inputTypes, ...sourceTypes(more) },
    }
  throw new MillraceError(
    'invalid_request',
    `A package of MILLRACE_CONNECTORS calls a connector ${JSON.stringify(taken)}, which is taken`,
  )
}

function sourceTypes(some: Readonly<Record<string, Connector>>): Record<string, InputType> {
  return Object.fromEntries(Object.entries(some).map(([name, connector]) => [name, sourceType(connector)]))
}

function sourceType({ title, icon, settings, isByDate, callsFor }: Connector): InputType {
  const fetches = { isByDate, ...(callsFor && { callsFor }) }
  return { title, ...(icon !== undefined && { icon }), settings, keys: 'none', fetches }
}

/** Those of a part of the catalog that an operator has not switched off; `types`: what an input can be. @throws MillraceError `invalid_request`: there is no such name. */
export function switchedOn<T>(
  part: Readonly<Record<string, T>>,
  names: readonly string[],
  types: Readonly<Record<string, InputType>> = inputTypes,
): Readonly<Record<string, T>> {
  if (names.includes('all')) return part
  const all = { ...types, ...managementProtocols }
  const unknown = names.find((name) => !(name in all))
  if (unknown !== undefined) {
    throw new MillraceError('invalid_request', `MILLRACE_PROTOCOLS names ${JSON.stringify(unknown)}, which is none`, {
      hint: `There are ${Object.keys(all).join(', ')}.`,
    })
  }
  return Object.fromEntries(Object.entries(part).filter(([name]) => names.includes(name)))
}
