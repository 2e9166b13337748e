/** Keeps one subscription open for each enabled input of a subscriber's type; a changed input is closed and opened again. */
import { setTimeout as delay } from 'node:timers/promises'
import { MillraceError } from '../errors.ts'
import type { InputDirectory, InputSnapshot } from '../inputs.ts'
import type { Outbound } from '../outbound.ts'
import type { Logger } from '../telemetry.ts'
import type { ConnectionState, ReceivedEvents, Subscriber, Subscription } from './subscriber.ts'

export interface Subscriptions {
  /** Opens and closes what the inputs ask for now. */
  refresh(): Promise<void>
  /** How an input is connected; undefined where it is no subscription, or is not open. */
  stateOf(inputId: string): ConnectionState | undefined
  close(): Promise<void>
}

interface SubscriptionsParts {
  /** By their names in the catalog. */
  readonly subscribers: Readonly<Record<string, Subscriber>>
  readonly inputs: Pick<InputDirectory, 'ofType'>
  /** Resolves once the events are durable. */
  readonly store: (input: InputSnapshot, events: ReceivedEvents) => Promise<unknown>
  readonly outbound: Outbound
  readonly logger: Logger
}

interface Open {
  /** What it was opened with, to see whether it changed. */
  readonly fingerprint: string
  readonly subscription: Subscription
  readonly stop: AbortController
  state: ConnectionState
}

/** Between two tries to store what the log would not take. */
const storeAgainMs = { least: 100, most: 10_000 }

export function openSubscriptions({ subscribers, inputs, store, outbound, logger }: SubscriptionsParts): Subscriptions {
  const open = new Map<string, Open>()
  let refreshing: Promise<void> = Promise.resolve()

  /** The sender is not told yes before the log has it: while the log takes nothing, nothing more is taken from the sender. */
  async function storeSurely(input: InputSnapshot, events: ReceivedEvents, signal: AbortSignal): Promise<void> {
    for (let waitMs = storeAgainMs.least; ; waitMs = Math.min(storeAgainMs.most, waitMs * 2)) {
      signal.throwIfAborted()
      try {
        await store(input, events)
        return
      } catch (error) {
        logger.warn('subscription waits', { input: input.label, reason: error as Error })
        if (!(error instanceof MillraceError)) throw error
      }
      await delay(waitMs, undefined, { signal })
    }
  }

  function begin(subscriber: Subscriber, input: InputSnapshot): void {
    const stop = new AbortController()
    const entry: { current?: Open } = {}
    const first: ConnectionState = { state: 'connecting', reason: null, since: Date.now() }
    const subscription = subscriber.subscribe(input, {
      take: (events) => storeSurely(input, events, stop.signal),
      outbound,
      logger,
      report({ state, reason }) {
        if (entry.current === undefined) return
        const isNews = entry.current.state.state !== state || entry.current.state.reason !== reason
        if (!isNews) return
        entry.current.state = { state, reason, since: Date.now() }
        const fields = { input: input.label, workspace: input.workspace, state, reason }
        if (state === 'failed') logger.warn('subscription is not connected', fields)
        else logger.info('subscription', fields)
      },
    })
    entry.current = { fingerprint: JSON.stringify(input), subscription, stop, state: first }
    open.set(input.id, entry.current)
  }

  async function end(id: string): Promise<void> {
    const entry = open.get(id)
    open.delete(id)
    entry?.stop.abort()
    await entry?.subscription.close()
  }

  async function adjust(): Promise<void> {
    const wanted = Object.entries(subscribers).flatMap(([type, subscriber]) =>
      inputs.ofType(type).map((input) => ({ subscriber, input })),
    )
    const prints = new Map(wanted.map(({ input }) => [input.id, JSON.stringify(input)]))
    for (const [id, { fingerprint }] of [...open]) if (prints.get(id) !== fingerprint) await end(id)
    for (const { subscriber, input } of wanted) if (!open.has(input.id)) begin(subscriber, input)
  }

  return {
    refresh() {
      refreshing = refreshing.then(adjust).catch((error: unknown) => {
        logger.error('subscriptions could not be changed', { reason: error as Error })
      })
      return refreshing
    },
    stateOf: (inputId) => open.get(inputId)?.state,
    async close() {
      await refreshing
      for (const id of [...open.keys()]) await end(id)
    },
  }
}
