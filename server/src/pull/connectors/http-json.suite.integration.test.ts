import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type ConnectorFixture, testConnector } from '../connector.suite.ts'
import type { Connector } from '../connector.ts'
import { httpJson } from './http-json.ts'

const rowCount = 25
const size = 10

async function open(): Promise<ConnectorFixture> {
  const server = createServer(({ url }, response) => {
    const offset = Number(new URL(url!, 'http://local').searchParams.get('offset') ?? 0)
    const count = Math.max(0, Math.min(size, rowCount - offset))
    response.end(JSON.stringify(Array.from({ length: count }, (_, index) => ({ id: offset + index }))))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/rows`
  return {
    connector: httpJson as unknown as Connector,
    settings: { url, table: 'row', paging: { type: 'offset', size } },
    rowCount,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

testConnector('HTTP JSON', open)
