/** The key in `Authorization: Bearer <key>` (RFC 6750 §2.1). */
import type { IncomingHttpHeaders } from 'node:http'

export function bearerOf({ authorization }: IncomingHttpHeaders): string | undefined {
  return /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1]
}
