/** For each test of a file: a server that can be told to fail, a folder for the spool, and clients that are closed after it. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach } from 'vitest'
import { type FaultySink, openFaultySink } from '../faulty-sink.fixture.ts'
import { createClient } from '../node.ts'
import { silent } from '../quick-client.fixture.ts'
import type { Client, ClientOptions } from '../types.ts'

export interface FaultyPlace {
  readonly sink: FaultySink
  /** Where clients spool. */
  readonly dir: string
  /** A client that sends to the sink. */
  open(options?: ClientOptions): Client
}

/** `usual`: what all clients of the file are told. */
export function useFaultyPlace(usual: ClientOptions = {}): FaultyPlace {
  let [sink, dir, clients]: [FaultySink | undefined, string, Client[]] = [undefined, '', []]

  beforeEach(async () => {
    sink = await openFaultySink()
    dir = mkdtempSync(join(tmpdir(), 'millrace-faulty-'))
    clients = []
  })
  afterEach(async () => {
    for (const client of clients) await client.close({ timeoutMs: 0 })
    await sink![Symbol.asyncDispose]()
    rmSync(dir, { recursive: true, force: true })
  })
  return {
    get sink() {
      return sink!
    },
    get dir() {
      return dir
    },
    open(options) {
      const client = createClient({
        endpoint: sink!.url,
        apiKey: 'key',
        spool: { dir },
        requestTimeout: 300,
        logger: silent,
        ...usual,
        ...options,
      })
      clients.push(client)
      return client
    },
  }
}
