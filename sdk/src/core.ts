/** What the parts of one client share: its options, what it counts, and who is told of what. */

import { openBacklog } from './backlog.ts'
import { listContents } from './batch.ts'
import { openDelivery } from './delivery.ts'
import { openEmitter } from './emitter.ts'
import { SdkError } from './errors.ts'
import { newClientId, openIds } from './ids.ts'
import type { Core, Platform } from './parts.ts'
import { settingsOf } from './settings.ts'
import type { ClientOptions } from './types.ts'
import { millraceWire } from './wire.ts'

/** @throws SdkError `misuse`: there is no endpoint or no key. */
export function openCore(platform: Platform, options: ClientOptions): Core {
  const { now = Date.now, random = Math.random, logger = console } = options
  const error: Core['error'] = (code, message, details) => new SdkError(code, message, { time: now(), ...details })
  const address = addressOf(options, platform, error)
  const { endpoint, apiKey } = address
  const settings = settingsOf(options, platform, (line) => logger.warn(`millrace: ${line}`))
  const clientId = newClientId(now())
  const { on, emit } = openEmitter(logger)
  const wire = (options.wire ?? millraceWire)(address)

  const core = {
    address,
    settings,
    wire,
    on,
    emit,
    now,
    random,
    newId: openIds(clientId),
    newBatchId: openIds(`${clientId}-b`),
    debugLevel: options.debugLevel ?? 0,
    counts: {
      accepted: 0,
      inFlight: 0,
      acked: 0,
      duplicates: 0,
      rejected: 0,
      dropped: {},
      filtered: 0,
      retries: 0,
      bytes: 0,
      lastError: undefined,
    },
    backlog: openBacklog(settings, (!options.wire && platform.openContents?.(settings)) || listContents),
    drop(reason, count, sample = {}) {
      core.counts.dropped[reason] = (core.counts.dropped[reason] ?? 0) + count
      emit('drop', { reason, count, sample })
    },
    report(failure) {
      core.counts.lastError = failure
      if (!emit('error', failure)) logger.error(`millrace: ${failure.message}`)
    },
    error,
  } as Core
  core.delivery = openDelivery(core, platform, options)
  core.spool = platform.openSpool?.(options, `${endpoint} ${apiKey}`, {
    // Of what earlier clients left it is known while this one is made, and nobody listens yet.
    lost: (...about) => queueMicrotask(() => core.drop(...about)),
    failed: (message, cause) => core.report(error('spool', message, { cause })),
    found: () => core.sender?.wake(),
  })
  return core
}

function addressOf(options: ClientOptions, { environment }: Platform, error: Core['error']): Core['address'] {
  const { endpoint = environment.endpoint ?? '', apiKey = environment.apiKey } = options
  const needs = (what: string) => error('misuse', `The client needs ${what}`)
  if (!/^https?:\/\//.test(endpoint)) throw needs('endpoint, which begins with http:// or https://')
  if (!apiKey) throw needs('apiKey, the key of an input')
  return { endpoint, apiKey }
}
