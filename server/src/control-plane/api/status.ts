/** `/status` */
import { z } from 'zod'
import type { Operations } from '../operations/operations.ts'
import type { Api } from './app.ts'
import { inWorkspace, offset, time } from './schemas.ts'

const count = z.number().int()
const status = z
  .object({
    partitions: z.array(
      z.object({
        partition: count,
        log: z.object({ start: offset, end: offset, oldestAt: time.optional() }),
        position: offset.describe('The first offset that is not loaded yet'),
        lagEvents: count.describe('Events that wait in the log'),
        books: z.object({
          received: count,
          resent: count,
          split: count,
          dropped: count,
          discarded: count,
          loaded: count,
          restreamed: count,
          duplicate: count,
          replaced: count,
        }),
        isBalanced: z
          .boolean()
          .describe('Whether received + split = loaded + dropped + discarded + restreamed + duplicate'),
        stopped: z.string().optional().describe('Why nothing goes on, where that is so'),
      }),
    ),
    restream: z.object({
      count: count.describe('Events in the queue'),
      bytes: count,
      sent: count.describe('Those of them that are on their way again'),
      purged: count,
      limits: z.object({ eventsMax: count, bytesMax: count }).describe('How much may wait'),
      isFull: z.boolean().describe('Whether as much waits as may: the pipeline is held'),
    }),
    disk: z.object({ log: count, destination: count, restream: count }).describe('Bytes'),
    isolation: z
      .object({
        level: z.enum(['full', 'partial', 'none']),
        notHeld: z.array(z.string()).describe('What code might get at: names of probes that got out'),
        warning: z.string().nullable().describe('Null where everything is held'),
      })
      .nullable()
      .describe('How well users’ code is kept in; null where none can run'),
  })
  .meta({ id: 'Status' })

const finding = z.object({ what: z.string(), expected: z.string(), found: z.string(), isRight: z.boolean() })
const check = z.object({ isBalanced: z.boolean(), findings: z.array(finding) }).meta({ id: 'BooksCheck' })

export function statusRoutes(app: Api, operations: Operations['status']): void {
  app.get(
    '/status',
    {
      config: { permission: operations.get.permission },
      schema: {
        operationId: 'getStatus',
        tags: ['status'],
        summary: 'The books, how far behind, how much disk',
        querystring: z.strictObject(inWorkspace),
        response: { 200: status },
      },
    },
    async ({ caller }) => {
      const { isolation, ...status } = await operations.get(caller)
      return { ...status, isolation: isolation && { ...isolation, notHeld: [...isolation.notHeld] } }
    },
  )
  app.get(
    '/verify',
    {
      config: { permission: operations.verify.permission },
      schema: {
        operationId: 'verifyBooks',
        tags: ['status'],
        summary: 'Recompute the books from the log and the tables; reads the whole log',
        querystring: z.strictObject(inWorkspace),
        response: { 200: check },
      },
    },
    async ({ caller }) => {
      const { isBalanced, findings } = await operations.verify(caller)
      return { isBalanced, findings: [...findings] }
    },
  )
}
