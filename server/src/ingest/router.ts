/** Which protocol a request is for: by path, so that a wrong method can be told from a wrong path, then by what shares the path. */
import findMyWay from 'find-my-way'
import type { Protocol, RequestHead, Route } from './protocol.ts'

export interface Candidate {
  /** The protocol's name in the catalog. */
  readonly type: string
  readonly protocol: Protocol
  readonly route: Route
}

export interface RouteMatch {
  readonly path: string
  /** By method. */
  readonly candidates: ReadonlyMap<string, readonly Candidate[]>
  readonly params: RequestHead['params']
  /** The path would match if what follows a `%` in it were what it has to be. */
  readonly isMalformed: boolean
}

export type FindRoute = (url: string) => RouteMatch | undefined

/** Runs of slashes count as one, and none at the end; an encoded slash stays inside its segment. */
export function openRouter(protocols: Readonly<Record<string, Protocol>>): FindRoute {
  const router = findMyWay({ ignoreTrailingSlash: true, ignoreDuplicateSlashes: true, maxParamLength: urlCharsMax })
  for (const [path, candidates] of candidatesByPath(protocols)) {
    router.on(anyMethod, path, () => {}, { path, candidates })
  }
  const find = (url: string, isMalformed: boolean): RouteMatch | undefined => {
    const found = router.find(anyMethod, url)
    if (found === null) return undefined
    const { path, candidates } = found.store as Pick<RouteMatch, 'path' | 'candidates'>
    return { path, candidates, params: found.params, isMalformed }
  }
  return (url) => find(url, false) ?? (isPercentEncoded(url) ? undefined : find(url.replaceAll('%', '%25'), true))
}

function candidatesByPath(protocols: Readonly<Record<string, Protocol>>): Map<string, Map<string, Candidate[]>> {
  const paths = new Map<string, Map<string, Candidate[]>>()
  for (const [type, protocol] of Object.entries(protocols)) {
    for (const route of protocol.routes) {
      const byMethod = paths.get(route.path) ?? new Map<string, Candidate[]>()
      paths.set(route.path, byMethod)
      for (const method of route.methods)
        byMethod.set(method, [...(byMethod.get(method) ?? []), { type, protocol, route }])
    }
  }
  return paths
}

/** Every path is registered under this one, whatever methods it takes. */
const anyMethod = 'POST'

/** Node refuses longer ones together with their headers. */
const urlCharsMax = 16 * 1024

function isPercentEncoded(url: string): boolean {
  if (!url.includes('%')) return true
  try {
    decodeURI(url)
    return true
  } catch {
    return false
  }
}
