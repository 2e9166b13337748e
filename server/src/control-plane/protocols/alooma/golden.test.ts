/** Golden files, `alooma.golden/<operation>.json`: what goes into a translation and what comes out. `UPDATE_GOLDEN=1` writes what comes out anew. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { MillraceError } from '../../../errors.ts'
import type { MappingMode } from '../../../mappings.ts'
import type { Sample as NativeSample } from '../../../samples.ts'
import type { Input } from '../../operations/inputs.ts'
import type { EventTypeStatistics, Sample, ScheduledQuery } from './alooma-port.ts'
import { sampleOf } from './bind-observations.ts'
import { faultOf, lineCount } from './code-faults.ts'
import { eventTypeOf, type KnownEventType, summaryOf } from './event-type-shape.ts'
import { nodeOfInput, nodeOfStanding, type StandingInput } from './input-nodes.ts'
import { nativeMappingOf } from './native-mapping.ts'
import { detailsOf, statusOf } from './query-shapes.ts'
import { readMapping, type SaidMapping } from './read-mapping.ts'
import { seenOf } from './seen-fields.ts'

const folder = join(import.meta.dirname, 'alooma.golden')

interface GivenEventType {
  readonly name: string
  /** As it is stored. */
  readonly mapping: unknown
  readonly defaultMode: MappingMode
  readonly rowCount: number | null
  readonly said: Partial<SaidMapping>
  readonly samples: readonly Sample[]
  readonly statistics?: EventTypeStatistics
  readonly schemas?: readonly string[]
}
interface GivenMapping {
  readonly body: unknown
  readonly defaultMode: MappingMode
}
type GivenNode =
  | { readonly input: Input; readonly said: Record<string, unknown> }
  | { readonly standing: StandingInput }

const translations: Readonly<Record<string, (given: never) => unknown>> = {
  'ALOOMA-06': (given: GivenNode) =>
    'input' in given ? nodeOfInput(given.input, given.said) : nodeOfStanding('n1', given.standing),
  'ALOOMA-12': (given: GivenEventType) => summaryOf(knownOf(given)),
  'ALOOMA-13': (given: GivenEventType) => eventTypeOf(knownOf(given)),
  'ALOOMA-15': read,
  'ALOOMA-16': read,
  'ALOOMA-17': read,
  'ALOOMA-33': (given: MillraceError) => faultOf(given),
  'ALOOMA-40': ({ code, times }: { code: string; times: number }) => lineCount(code.repeat(times)),
  /** As text: of what is read here, numbers would be rounded. */
  'ALOOMA-41': ({ raw, ...given }: { raw: string; metadata: object; status: string; eventType: string; at: number }) =>
    JSON.stringify(sampleOf({ message: null, ...given, raw: Buffer.from(raw) } as NativeSample)),
  'ALOOMA-56': (given: ScheduledQuery) => statusOf(given),
  'ALOOMA-60': (given: ScheduledQuery) => detailsOf(given),
}

function knownOf({
  name,
  mapping,
  said,
  samples,
  statistics,
  schemas = ['PUBLIC'],
  ...around
}: GivenEventType): KnownEventType {
  return {
    name,
    mapping: mapping === null ? undefined : nativeMappingOf(mapping, around),
    said,
    seen: seenOf(statistics, samples[0]),
    schemas,
    defaultMode: around.defaultMode,
    outputId: 'output',
  }
}

function read({ body, defaultMode }: GivenMapping): unknown {
  try {
    return readMapping(body, { defaultMode })
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
const files = readdirSync(folder)
const casesOf = (file: string) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as Case[]

describe.each(files)('%s', (file) => {
  const translate = translations[file.replace('.json', '')]!
  const cases = casesOf(file)
  if (process.env['UPDATE_GOLDEN'] === '1') {
    const whole = cases.map(({ case: name, given }) => ({ case: name, given, answer: plain(translate(given)) }))
    writeFileSync(join(folder, file), `${JSON.stringify(whole, null, 2)}\n`)
  }
  test.each(casesOf(file))('$case', ({ given, answer }) => {
    expect(plain(translate(given))).toEqual(answer)
  })
})

test('a mapping that a client reads and sends back as it is stays what it was', () => {
  for (const { given } of casesOf('ALOOMA-13.json')) {
    const known = knownOf(given as GivenEventType)
    if (known.mapping === undefined) continue
    const { draft } = readMapping(withoutStats(eventTypeOf(known)), known)
    const { mode, isDiscarded, table, fields, discarded } = known.mapping
    expect(draft).toMatchObject({ mode, isDiscarded, discarded })
    expect(draft.table.toLowerCase()).toBe(isDiscarded ? '' : table.toLowerCase())
    expect(byColumn(draft.fields)).toEqual(byColumn(fields))
  }
})

/** In one order, and one spelling: a column is told as the client spelt it, and found whatever its case. */
function byColumn<T extends { column: string }>(fields: readonly T[]): T[] {
  const spelt = fields.map((field) => ({ ...field, column: field.column.toLowerCase() }))
  return spelt.toSorted((one, other) => (one.column < other.column ? -1 : 1))
}

/** As the client does. */
function withoutStats(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (key, inner: unknown) => (key === 'stats' ? undefined : inner))
}
