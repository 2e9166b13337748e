/**
 * The checks of all connectors, as tests. A connector's test is one line: `testConnector('HTTP JSON', open)`; a bug found in one becomes
 * a check for all.
 */
import { afterEach, beforeEach, describe, it } from 'vitest'
import { type ConnectorFixture, connectorChecks } from './connector-checks.ts'

export type { ConnectorFixture }

export function testConnector(name: string, open: () => Promise<ConnectorFixture>): void {
  describe(`the ${name} connector`, () => {
    let fixture: ConnectorFixture
    beforeEach(async () => {
      fixture = await open()
    })
    afterEach(() => fixture[Symbol.asyncDispose]())

    it.each(connectorChecks)('$name', ({ check }) => check(fixture))
  })
}
