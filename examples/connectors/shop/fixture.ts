/** The shop, on this machine: tokens that are good for three requests, pages of three, and trouble where a test asks for it. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { ConnectorFixture } from '@millrace/server/connector-kit'
import { connectors } from './connector.ts'

const counts: Readonly<Record<string, number>> = { orders: 7, customers: 4 }
const pageSize = 3
const usesMax = 3

export interface Shop extends AsyncDisposable {
  readonly url: string
  /** Refresh tokens in the order that they came in. */
  readonly renewals: readonly (string | null)[]
  /** So many requests are answered with an error first. */
  trouble: number
  /** Whether no token is given any more. */
  isLocked: boolean
}

export async function openShop(): Promise<Shop> {
  const renewals: (string | null)[] = []
  let uses = 0
  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://local')
    const answer = (status: number, value: unknown) => void response.writeHead(status).end(JSON.stringify(value))
    if (pathname === '/token') {
      renewals.push(new URLSearchParams(await text(request)).get('refresh_token'))
      if (shop.isLocked) return answer(400, { error: 'invalid_grant' })
      uses = 0
      const number = renewals.length
      return answer(200, { access_token: `access-${number}`, refresh_token: `refresh-${number}` })
    }
    if (request.headers.authorization !== `Bearer access-${renewals.length}` || ++uses > usesMax) return answer(401, {})
    if (shop.trouble-- > 0) return answer(200, 'not now')
    if (pathname === '/resources')
      return answer(
        200,
        Object.keys(counts).map((id) => ({ id, fields: [{ name: 'id', type: 'integer' }] })),
      )
    const total = counts[pathname.slice(1)]
    if (total === undefined) return answer(404, {})
    const after = Number(searchParams.get('after'))
    const items = Array.from({ length: Math.min(pageSize, Math.max(0, total - after)) }, (_, index) => ({
      id: after + index + 1,
      changed: '2026-01-31T00:00:00Z',
    }))
    return answer(200, { total, items })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const shop: Shop = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    renewals,
    trouble: 0,
    isLocked: false,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return shop
}

export const settingsFor = ({ url }: Shop) => ({
  url,
  clientId: 'millrace',
  refreshToken: 'refresh-0',
  resources: ['orders', 'customers'],
})

export async function open(): Promise<ConnectorFixture> {
  const shop = await openShop()
  return {
    connector: connectors.shop,
    settings: settingsFor(shop),
    rowCount: 11,
    [Symbol.asyncDispose]: () => shop[Symbol.asyncDispose](),
  }
}
