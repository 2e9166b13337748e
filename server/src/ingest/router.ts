/** Which protocol a request is for, by path alone, so that a wrong method can be told from a wrong path. */
import findMyWay from 'find-my-way'
import type { Protocol } from './protocol.ts'

export interface RouteMatch {
  readonly path: string
  /** By method. */
  readonly protocols: ReadonlyMap<string, Protocol>
  readonly params: Readonly<Record<string, string | undefined>>
  /** The path would match if what follows a `%` in it were what it has to be. */
  readonly isMalformed: boolean
}

export type FindRoute = (url: string) => RouteMatch | undefined

/** Runs of slashes count as one, and none at the end; an encoded slash stays inside its segment. */
export function openRouter(protocols: readonly Protocol[]): FindRoute {
  const paths = new Map<string, Map<string, Protocol>>()
  for (const protocol of protocols) {
    for (const { methods, path } of protocol.routes) {
      const byMethod = paths.get(path) ?? new Map<string, Protocol>()
      for (const method of methods) byMethod.set(method, protocol)
      paths.set(path, byMethod)
    }
  }
  const router = findMyWay({ ignoreTrailingSlash: true, ignoreDuplicateSlashes: true, maxParamLength: urlCharsMax })
  for (const [path, byMethod] of paths) router.on(anyMethod, path, () => {}, { path, protocols: byMethod })

  const find = (url: string, isMalformed: boolean): RouteMatch | undefined => {
    const found = router.find(anyMethod, url)
    if (found === null) return undefined
    return { ...(found.store as Pick<RouteMatch, 'path' | 'protocols'>), params: found.params, isMalformed }
  }
  return (url) => find(url, false) ?? (isPercentEncoded(url) ? undefined : find(url.replaceAll('%', '%25'), true))
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
