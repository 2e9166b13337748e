/** Users' code as the main thread sees it: its thread's host, a way to its processes, and how well they are kept in. */
import type { MessagePort } from 'node:worker_threads'
import type { Config } from './config.ts'
import { connectGuests, type RemoteGuests } from './guest-rpc.ts'
import { type IsolationLevel, openIsolationLevel } from './isolation-level.ts'
import { openProbing } from './isolation-probing.ts'
import type { LoggerSettings } from './observe/logger.ts'
import type { Logger } from './telemetry.ts'
import { type Death, openTransformHost, type TransformHost } from './transform-host.ts'
import type { Watching } from './watching.ts'
import type { Workspaces } from './workspaces.ts'

export interface CodeHosting extends Pick<TransformHost, 'connect' | 'fault' | 'close'> {
  readonly guests: RemoteGuests
  /** As far as is known. */
  readonly isolationLevel: () => IsolationLevel
}

interface CodeParts {
  readonly logger: Logger
  readonly loggerSettings: LoggerSettings
  readonly workspaces: Workspaces
  /** Opened later. */
  readonly watching: () => Watching
  readonly cacheFolder: string
}

export function openCodeHosting(config: Config, parts: CodeParts): CodeHosting {
  const host = hostTransforms(config, parts)
  const guests = connectGuests(host.connect((port: MessagePort) => guests.reconnect(port)))
  const probe = openProbing(parts.logger)
  // The thread, which measures it itself before it runs any code, stays away until there is some.
  const isolation = () => (host.isStarted() ? guests.isolation() : probe())
  return {
    connect: host.connect,
    fault: host.fault,
    close: host.close,
    guests: { ...guests, isolation },
    isolationLevel: openIsolationLevel(isolation),
  }
}

/** On loopback a server is its owner's alone: his code may run there even where nothing keeps it in. */
function hostTransforms(
  { host, codeIsolation }: Config,
  { logger, loggerSettings, workspaces, watching, cacheFolder }: CodeParts,
): TransformHost {
  const isLoopback = /^(127\.|::1$|localhost$)/.test(host)
  const refusesWithoutIsolation = codeIsolation === 'required' && !isLoopback
  const onDeath = ({ reason, deaths, againInMs }: Death) => {
    if (againInMs !== undefined) {
      logger.error('the thread of users’ code died: it is started again', { reason, deaths, againInMs })
      return
    }
    logger.error('the thread of users’ code died again and again: their events wait in the log until a restart', {
      reason,
    })
    for (const { id } of workspaces.all())
      watching().transformUnavailable(
        id,
        `the thread that runs it died ${deaths} times in a row. Start the server again`,
      )
  }
  return openTransformHost({ logger: loggerSettings, refusesWithoutIsolation, cacheFolder }, { onDeath })
}
