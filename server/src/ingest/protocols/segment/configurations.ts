/** What the clients for browsers ask for before they start: that all is on, and that events come here and go nowhere else. */
import type { IncomingHttpHeaders } from 'node:http'
import type { InputSnapshot } from '../../../inputs.ts'

/** What analytics.js reads from its CDN. */
export function analyticsSettings(writeKey: string, headers: IncomingHttpHeaders): object {
  const all = { enabled: true }
  return {
    integrations: {
      'Segment.io': {
        apiKey: writeKey,
        apiHost: `${headers.host ?? ''}/v1`,
        protocol: schemeOf(headers),
        addBundledMetadata: false,
        unbundledIntegrations: [],
        maybeBundledConfigIds: {},
        versionSettings: { version: '4.4.7', componentTypes: ['browser'] },
      },
    },
    plan: {
      track: { __default: { ...all, integrations: {} } },
      identify: { __default: all },
      group: { __default: all },
    },
    edgeFunction: {},
    analyticsNextEnabled: true,
    middlewareSettings: {},
    enabledMiddleware: {},
    metrics: { sampleRate: 0 },
    legacyVideoPluginsEnabled: false,
    remotePlugins: [],
  }
}

/** What RudderStack's SDK for browsers reads from its control plane. */
export function rudderSource(writeKey: string, { id, label, workspace }: InputSnapshot): object {
  const statsCollection = { errors: { enabled: false }, metrics: { enabled: false } }
  return {
    source: {
      id,
      name: label,
      writeKey,
      enabled: true,
      workspaceId: workspace,
      config: { statsCollection },
      connections: [],
      destinations: [],
      dataplanes: {},
    },
  }
}

/** A page that came by https may send to nothing else; of ourselves we do not know what stands before us. */
function schemeOf({ origin, 'x-forwarded-proto': forwarded }: IncomingHttpHeaders): 'http' | 'https' {
  return String(forwarded).startsWith('https') || origin?.startsWith('https://') ? 'https' : 'http'
}
