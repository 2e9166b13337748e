/** Whether the server could listen where its config says; a Millrace that does so already is no fault. */
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { Check } from './check.ts'

export async function checkPort(host: string, port: number): Promise<Check> {
  const name = 'port'
  const place = `${host.includes(':') ? `[${host}]` : host}:${port}`
  if (port === 0) return { name, state: 'ok', found: 'a free one will be picked' }
  const failure = await tryListening(host, port)
  if (failure === undefined) return { name, state: 'ok', found: `${place} is free` }
  if (failure === 'EADDRINUSE' && (await isMillrace(place)))
    return { name, state: 'ok', found: `Millrace runs at ${place}` }
  return {
    name,
    state: 'fail',
    found: `${place}: ${reasons[failure] ?? failure}`,
    advice: 'Choose another with --port or --host.',
  }
}

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program listens there',
  EACCES: 'this user may not listen there',
  EADDRNOTAVAIL: 'this machine has no such address',
  ENOTFOUND: 'no such host',
}

async function tryListening(host: string, port: number): Promise<string | undefined> {
  const server = createServer()
  try {
    server.listen(port, host)
    await once(server, 'listening')
    return undefined
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error)
  } finally {
    server.close()
  }
}

async function isMillrace(place: string): Promise<boolean> {
  try {
    const answer = await fetch(`http://${place}/healthz`, { signal: AbortSignal.timeout(2_000) })
    return answer.ok
  } catch {
    return false
  }
}
