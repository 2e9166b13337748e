/**
 * One origin: the server, its limits, and who answers which request. The intake is asked first; whatever it does not take goes
 * to the API. Closing lets what is under way finish.
 */
import { createServer, IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { ApiHost } from './control-plane/api/app.ts'
import { type ErrorCode, MillraceError } from './errors.ts'
import { authorityOf, bodyRefusalOf, isOurHost, refusalOf, routedUrl } from './http-refusals.ts'
import { clientOf, inNetworks } from './peer.ts'
import { problemHeaders, problemOf } from './problem.ts'
import type { Logger } from './telemetry.ts'

export interface HttpSettings {
  /** A name or an address. */
  readonly host: string
  /** 0 picks a free one. */
  readonly port: number
  /** Answers true where it took the request; false leaves it untouched. It is asked before anything is parsed. */
  readonly ingest: (request: IncomingMessage, response: ServerResponse) => boolean
  /** Opens whatever answers the rest. */
  readonly control: (host: ApiHost) => Promise<{ close(): Promise<void> }>
  /** Names, in lower case, under which the API is reached beside `localhost` and addresses. None: any, unless it is on loopback. */
  readonly hostnames: readonly string[]
  /** At once, from one address, or one /64 network of IPv6. */
  readonly connectionsPerClientMax: number
  /** Addresses and networks of proxies, whose connections are many clients': they are not counted. */
  readonly trustedProxies: readonly string[]
  readonly logger: Logger
}

export interface HttpServer {
  readonly port: number
  /** Without a slash at its end. */
  readonly url: string
  /** Stops listening, finishes what is under way, then closes the connections and the control plane's side. */
  close(): Promise<void>
}

const timeouts = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 1_000,
  keepAliveTimeout: 5_000,
} as const
const connectionsMax = 2_000
const requestsPerConnectionMax = 1_000
const refusalsToldEveryMs = 60_000
/** Of a connection that takes nothing of what we write. */
const writeIdleMs = 30_000
/** How long a close waits for what is under way. */
const drainMs = 10_000

/** @throws MillraceError `conflict`: the port is taken. */
export async function openHttp(settings: HttpSettings): Promise<HttpServer> {
  const { host, port, ingest, control, hostnames, logger } = settings
  const underWay = new Set<ServerResponse>()
  let handleRest: RequestListener = () => {}
  let isClosing = false
  let isLoopback = true

  const route = (request: IncomingMessage, response: ServerResponse): void => {
    const authority = authorityOf(request.url!)
    request.url = routedUrl(request.url!)
    if (ingest(request, response)) return
    const refusal = bodyRefusalOf(request)
    const hosts = [request.headers.host, authority].filter((name) => name !== undefined)
    const isAny = !isLoopback && hostnames.length === 0
    const isKnown = isAny || hosts.every((name) => isOurHost(name, hostnames))
    if (refusal) refuse(response, refusal)
    else if (isKnown) handleRest(request, response)
    else refuse(response, misdirected())
  }
  const handle: RequestListener = (request, response) => {
    underWay.add(response)
    if (isClosing) response.shouldKeepAlive = false
    response.on('close', () => {
      underWay.delete(response)
      if (isClosing) server.closeIdleConnections()
    })
    const refusal = refusalOf(request)
    if (refusal) return refuse(response, refusal)
    try {
      route(request, response)
    } catch (error) {
      logger.error('request failed', { method: request.method, error: error as Error })
      refuse(response, error)
    }
  }

  const server = createServer(timeouts, handle)
  limit(server)
  limitPerClient(server, settings)
  server.on('checkContinue', (request, response) => {
    continueOnceRead(request, response)
    handle(request, response)
  })
  server.on('checkExpectation', (_request, response) => {
    refuse(response, new MillraceError('expectation_failed', 'Only Expect: 100-continue can be met'))
  })
  const rest = await control({
    serverFactory: (handler) => {
      handleRest = handler
      return server
    },
    clientErrorHandler: (error, socket) => answerBroken(error, socket, underWay),
  })
  const address = await listen(server, host, port)
  isLoopback = /^(127\.|::1$|::ffff:127\.)/.test(address.address)

  return {
    port: address.port,
    url: `http://${urlHost(host)}:${address.port}`,
    async close() {
      isClosing = true
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      for (const response of underWay) response.shouldKeepAlive = false
      server.closeIdleConnections()
      const deadline = setTimeout(() => server.closeAllConnections(), drainMs)
      await closed
      clearTimeout(deadline)
      await rest.close()
    },
  }
}

function misdirected(): MillraceError {
  return new MillraceError('misdirected_host', 'This server is not known under that host name', {
    hint: 'If it should be, add the name to MILLRACE_HOSTNAMES.',
  })
}

function limit(server: Server): void {
  server.maxHeadersCount = 100
  server.maxConnections = connectionsMax
  server.maxRequestsPerSocket = requestsPerConnectionMax
  server.setTimeout(writeIdleMs, (socket) => {
    if (socket.writableLength > 0) socket.destroy() // one that only waits for an answer is not idle by its own fault
  })
}

/** Closes what one client opens too much, unread: that costs next to nothing, and others are still let in. */
function limitPerClient(server: Server, { connectionsPerClientMax, trustedProxies, logger }: HttpSettings): void {
  const isTrusted = inNetworks(trustedProxies)
  const open = new Map<string, number>()
  let toldAt = Number.NEGATIVE_INFINITY
  const refuseTooMany = (socket: Socket, client: string, connections: number) => {
    socket.destroy()
    if (performance.now() - toldAt < refusalsToldEveryMs) return
    toldAt = performance.now()
    logger.warn('connections refused: one client has too many', { client, connections })
  }
  server.prependListener('connection', (socket: Socket) => {
    const address = socket.remoteAddress ?? ''
    if (isTrusted(address)) return
    const client = clientOf(address)
    const count = open.get(client) ?? 0
    if (count >= connectionsPerClientMax) return refuseTooMany(socket, client, count)
    open.set(client, count + 1)
    socket.once('close', () => {
      const left = open.get(client)! - 1
      if (left === 0) open.delete(client)
      else open.set(client, left)
    })
  })
}

/** Says 100 Continue when somebody starts to read the body: only who has been let in is asked to send it. */
function continueOnceRead(request: IncomingMessage, response: ServerResponse): void {
  response.shouldKeepAlive = false
  request._read = function read(size) {
    if (!response.headersSent) {
      response.writeContinue()
      response.shouldKeepAlive = true
    }
    request._read = IncomingMessage.prototype._read
    request._read(size)
  }
}

function refuse(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  const problem = problemOf(error)
  const body = JSON.stringify(problem)
  const length = { 'content-length': Buffer.byteLength(body) }
  response.writeHead(problem.status, { ...problemHeaders(error), ...length, connection: 'close' })
  response.end(body)
}

const codeOfParser: Partial<Record<string, ErrorCode>> = {
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 'request_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
}

interface ParserError extends Error {
  readonly code?: string
  /** A Buffer; Fastify's types know better and are wrong. */
  readonly rawPacket?: unknown
}

/** Answers what is not HTTP, as far as there is somebody to answer and no answer begun. */
function answerBroken(error: ParserError, socket: Socket, underWay: ReadonlySet<ServerResponse>): void {
  const isAnswered = [...underWay].some(
    ({ socket: of, headersSent, req }) => of === socket && (headersSent || req.complete),
  )
  if (!socket.writable || isAnswered || error.code === 'ECONNRESET') {
    socket.destroy()
    return
  }
  const failure = failureOf(error, socket)
  const body = JSON.stringify(problemOf(failure))
  const lines = [
    `HTTP/1.1 ${failure.status} ${problemOf(failure).title}`,
    ...Object.entries(problemHeaders(failure)).map(([name, value]) => `${name}: ${value}`),
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ]
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`)
  socket.destroySoon()
}

function failureOf({ code, rawPacket }: ParserError, socket: Socket): MillraceError {
  const isFirst = Buffer.isBuffer(rawPacket) && socket.bytesRead === rawPacket.length
  const isStillInUrl = isFirst && !rawPacket.includes('\n')
  if (code === 'HPE_HEADER_OVERFLOW' && isStillInUrl) return new MillraceError('uri_too_long', 'The URL is too long')
  const ours = codeOfParser[code ?? ''] ?? 'invalid_request'
  const isOurs = ours !== 'invalid_request'
  return new MillraceError(ours, isOurs ? 'The request exceeds a limit' : 'The request is not valid HTTP/1.1')
}

async function listen(server: Server, host: string, port: number): Promise<AddressInfo> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  }).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'EADDRINUSE') throw cause
    throw new MillraceError('conflict', `Port ${port} of ${host} is in use`, {
      cause,
      hint: 'Stop what listens there, or choose another port with --port or MILLRACE_PORT.',
    })
  })
  return server.address() as AddressInfo
}

function urlHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}
