/**
 * `/live`: events as they go by, as server-sent events. Each message `event` is one event; `dropped` tells how many were left out
 * because there were too many; a comment comes every 15 s where nothing else does.
 */
import { isUtf8 } from 'node:buffer'
import type { ServerResponse } from 'node:http'
import { z } from 'zod'
import { type LiveEvent, liveStages } from '../../live.ts'
import type { Operations } from '../operations/operations.ts'
import type { Api } from './app.ts'
import { inWorkspace } from './schemas.ts'

const heartbeatMs = 15_000
/** What a listener has not taken yet; beyond it events are left out. */
const bufferedBytesMax = 1024 * 1024
/** Who watches longer asks again, and is then still allowed to. */
const streamMaxMs = 30 * 60_000

const name = z.string().min(1).max(128)
const querystring = z.strictObject({
  ...inWorkspace,
  stage: z
    .enum(liveStages)
    .optional()
    .describe('As it arrived, as the users’ code left it, as it became a row, or as it was set aside'),
  input: name.optional().describe('Label of an input'),
  eventType: name.optional(),
})

export function liveRoutes(app: Api, live: Operations['live']): void {
  app.get(
    '/live',
    {
      config: { permission: live.watch.permission },
      schema: {
        operationId: 'watchEvents',
        tags: ['samples'],
        summary: 'Events as they go by, as server-sent events (text/event-stream)',
        querystring,
      },
    },
    async ({ caller, query }, reply) => {
      const { stage, input, eventType } = query
      const stream = openStream(reply.raw)
      const stop = await live.watch(caller, {
        filter: { stage, input, eventType },
        onEvents: stream.send,
        onClosed: stream.end,
      })
      const finish = () => {
        stop()
        stream.end()
      }
      reply.hijack()
      stream.begin(reply.getHeaders(), finish)
      reply.raw.on('close', finish)
      if (reply.raw.destroyed) finish()
    },
  )
}

function openStream(response: ServerResponse) {
  let heartbeat: NodeJS.Timeout | undefined
  let ending: NodeJS.Timeout | undefined
  let dropped = 0
  const write = (text: string): void => {
    if (response.writableEnded || response.destroyed) return
    response.write(text)
    heartbeat?.refresh()
  }
  return {
    /** `onTimeUp`: when it has lasted long enough. */
    begin(headers: NodeJS.Dict<number | string | string[]>, onTimeUp: () => void): void {
      response.writeHead(200, { ...headers, 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' })
      write(': here are events as they go by\n\n')
      heartbeat = setInterval(() => write(': nothing\n\n'), heartbeatMs)
      ending = setTimeout(onTimeUp, streamMaxMs)
    },
    send(events: readonly LiveEvent[], leftOut: number): void {
      dropped += leftOut
      for (const [place, event] of events.entries()) {
        if (response.writableLength > bufferedBytesMax) {
          dropped += events.length - place
          break
        }
        write(`event: event\ndata: ${JSON.stringify(shown(event))}\n\n`)
      }
      if (dropped === 0 || response.writableLength > bufferedBytesMax) return
      write(`event: dropped\ndata: {"events":${dropped}}\n\n`)
      dropped = 0
    },
    end(): void {
      clearInterval(heartbeat)
      clearTimeout(ending)
      response.end()
    },
  }
}

function shown({ receivedAt, raw, isWhole, ...rest }: LiveEvent): object {
  const bytes = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength)
  const encoding = !isWhole || isUtf8(bytes) ? 'utf8' : 'base64'
  return {
    ...rest,
    receivedAt: new Date(receivedAt).toISOString(),
    raw: { encoding, data: bytes.toString(encoding), isWhole },
  }
}
