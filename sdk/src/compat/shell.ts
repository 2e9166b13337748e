/** What the shells of the older clients have in common: the Node client under them, with a protocol of their own. */
import { createClientOn } from '../client.ts'
import { nodePlatform } from '../node.ts'
import type { Client, ClientOptions, EventMap } from '../types.ts'

/** What may be said about the client under a shell, beside what its own API says. */
export type ShellOptions = Pick<
  ClientOptions,
  | 'spool'
  | 'transport'
  | 'logger'
  | 'flushInterval'
  | 'retryBase'
  | 'requestTimeout'
  | 'handleSignals'
  | 'random'
  | 'now'
>

/** Opens the client under a shell. Variables of the environment are for Millrace's own client, not for others. */
export function openShell(options: ClientOptions): Client<EventMap> {
  return createClientOn({ ...nodePlatform, environment: {} }, options)
}
