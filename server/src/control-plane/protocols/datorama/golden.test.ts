/** Golden files, `datorama.golden/<operation>.json`: what goes into a translation and what comes out. `UPDATE_GOLDEN=1` writes what comes out anew. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { MillraceError } from '../../../errors.ts'
import type { Standing } from '../../rate-limits.ts'
import { jsonOf } from './answers.ts'
import { parseBody } from './bodies.ts'
import type { NativeMapping } from './datorama-port.ts'
import type { History } from './history.ts'
import { processLogOf, statusOf } from './job-shape.ts'
import { entriesOf, readMapping } from './mapping-shape.ts'
import { rateHeadersOf } from './rate-headers.ts'
import { readStream } from './read-stream.ts'
import { scheduleOf } from './retrieval-period.ts'
import { type KnownStream, shapeOf } from './stream-shape.ts'

const folder = join(import.meta.dirname, 'datorama.golden')

interface GivenStream {
  readonly stream: KnownStream
  readonly ids: { id: number; workspaceId: number }
  readonly history: History
}
interface GivenJob {
  readonly job: Parameters<typeof processLogOf>[0]
  readonly lines: Parameters<typeof processLogOf>[1]
}

const translations: Readonly<Record<string, (given: never) => unknown>> = {
  'DATORAMA-04': (given: unknown) => orRefusal(() => readStream(given)),
  'DATORAMA-05': ({ stream, ids, history }: GivenStream) => shapeOf(stream, ids, history),
  'DATORAMA-08': (given: Record<string, unknown>) => orRefusal(() => scheduleOf(given, { isByDate: true })),
  'DATORAMA-16': ({ job, lines }: GivenJob) => ({ status: statusOf(job), processLog: processLogOf(job, lines) }),
  'DATORAMA-25': (given: NativeMapping) => entriesOf(given),
  'DATORAMA-26': ({ body, present }: { body: unknown; present?: NativeMapping }) =>
    orRefusal(() => readMapping(body, present)),
  'DATORAMA-34': (given: Standing) => rateHeadersOf(given),
  'DATORAMA-35': (given: unknown) => jsonOf(given),
  'DATORAMA-Q3': (given: string) => orRefusal(() => parseBody(given) ?? 'none'),
}

function orRefusal(work: () => unknown): unknown {
  try {
    return work()
  } catch (error) {
    if (error instanceof MillraceError) return { code: error.code, message: error.message }
    throw error
  }
}

interface Case {
  readonly case: string
  readonly given: never
  readonly answer?: unknown
}

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value))
const casesOf = (file: string) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as Case[]

describe.each(readdirSync(folder))('%s', (file) => {
  const translate = translations[file.replace('.json', '')]!
  if (process.env['UPDATE_GOLDEN'] === '1') {
    const whole = casesOf(file).map(({ case: name, given }) => ({ case: name, given, answer: plain(translate(given)) }))
    writeFileSync(join(folder, file), `${JSON.stringify(whole, null, 2)}\n`)
  }
  test.each(casesOf(file))('$case', ({ given, answer }) => {
    expect(plain(translate(given))).toEqual(answer)
  })
})

test('every translation has its golden file', () => {
  expect(readdirSync(folder).sort()).toEqual(
    Object.keys(translations)
      .map((name) => `${name}.json`)
      .sort(),
  )
})
