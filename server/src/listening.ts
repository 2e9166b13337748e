/** Listens for requests: what the server is asked beside its API, and by whom it may be asked. */
import { managementProtocols } from './catalog.ts'
import type { CodeHosting } from './code-hosting.ts'
import type { DataPlane } from './control-plane/data-plane.ts'
import { type HttpServer, openHttp } from './http.ts'
import type { Ingest } from './ingest/ingest.ts'
import type { IntakeParts } from './intake.ts'
import type { Metrics } from './observe/metrics.ts'

interface ListenParts extends IntakeParts {
  readonly dataPlane: DataPlane
  readonly metrics: Metrics
  readonly ingest: Ingest
  readonly code: Pick<CodeHosting, 'fault' | 'isolationLevel'>
}

/** @throws MillraceError `conflict`: the port is taken. */
export async function listen(parts: ListenParts): Promise<HttpServer> {
  const { config, logger, controlPlane, workspaces, dataPlane, metrics, watching, ingest, code, catalog } = parts
  const health = {
    isSecure: false,
    callLimits: { perMinute: config.callsPerMinuteMax, perDay: config.callsPerDayMax },
    managementProtocols: catalog.switchedOn(managementProtocols),
    trustedProxies: config.trustedProxies,
    logger,
    readiness: async () => ({ ...workspaces.readiness(), 'users’ code': code.fault() ?? 'ready' }),
    isolation: code.isolationLevel,
    metricsToken: config.metricsToken,
    metrics: async (workspace: string | undefined) => {
      watching.refresh()
      return metrics.text(workspace)
    },
  }
  return openHttp({
    host: config.host,
    port: config.port,
    ingest: ingest.handle,
    control: (host) => controlPlane.openApi(dataPlane, health, host),
    hostnames: config.hostnames,
    connectionsPerClientMax: config.connectionsPerClientMax,
    trustedProxies: config.trustedProxies,
    logger,
  })
}
