import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type ConnectorFixture, testConnector } from '../connector.suite.ts'
import type { Connector } from '../connector.ts'
import { files } from './files.ts'

const rowCount = 14_500

async function open(): Promise<ConnectorFixture> {
  const lines = Array.from({ length: rowCount }, (_, index) => `${index},"row ""${index}"""\n`)
  const server = createServer((_, response) => response.end(`id,name\n${lines.join('')}`))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/rows.csv`
  return {
    connector: files as unknown as Connector,
    settings: { url, table: 'row' },
    rowCount,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

testConnector('Files', open)
