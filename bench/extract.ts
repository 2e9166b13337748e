/**
 * Bytes to typed columns: the extractor in WebAssembly, the one in JavaScript, and `JSON.parse` with code written for exactly these
 * events. Events per CPU second, all in one run, the best of several rounds that take turns.
 */
import { openJsExtractor } from '../json/src/extract-js.ts'
import { openWasmExtractor } from '../json/src/extract-wasm.ts'
import type { ExtractionPart, ExtractorSettings, Leaf, LeafType } from '../json/src/extraction.ts'
import { makeEvent } from './events.ts'
import { type Field, parseAndFill } from './extract-baseline.ts'

const eventCount = Number(process.argv[2] ?? 50_000)
const rounds = 7
let state = 1

interface Case {
  readonly title: string
  readonly part: ExtractionPart
  readonly fields: readonly Field[]
}

const shop: Case = {
  title: 'shop events',
  part: toPart((index) => makeEvent(index)),
  fields: Object.entries(makeEvent(0)).map(([name, value]) => [name, typeOf(value)]),
}
const positions: Case = {
  title: 'positions: random doubles of 16 to 18 digits',
  part: toPart((index) => ({
    device: `sensor-${index % 100}`,
    lat: random() * 90,
    lon: random() * 180,
    speed: random(),
    seq: index,
  })),
  fields: [
    ['device', 'VARCHAR'],
    ['lat', 'DOUBLE'],
    ['lon', 'DOUBLE'],
    ['speed', 'DOUBLE'],
    ['seq', 'BIGINT'],
  ],
}
const escapes: Case = {
  title: 'comments: long texts with escapes',
  part: toPart((index) => ({
    id: index,
    comment: `line "${index}"\n\tand another\\ one, quoted as "${random()}"\n`.repeat(4),
  })),
  fields: [
    ['id', 'BIGINT'],
    ['comment', 'VARCHAR'],
  ],
}

for (const { title, part, fields } of [shop, positions, escapes]) {
  const settings: ExtractorSettings = {
    leaves: fields.map(([name, type]): Leaf => ({ path: [name], type })),
    depthMax: 64,
    valueBytesMax: 1 << 20,
  }
  const wasm = openWasmExtractor(settings)
  const js = openJsExtractor(settings)
  const rates = measure({
    wasm: () => wasm.extract([part]),
    js: () => js.extract([part]),
    'JSON.parse + columns': () => parseAndFill(part, fields),
  })
  console.log(`\n${title}: ${Math.round(part.payload.length / eventCount)} bytes, ${fields.length} columns`)
  for (const [name, rate] of Object.entries(rates)) {
    const ratio = rate / rates['JSON.parse + columns']
    console.log(
      `  ${name.padEnd(22)} ${(rate / 1000).toFixed(0).padStart(6)}k events per CPU second  ${ratio.toFixed(2)} ×`,
    )
  }
}

function measure<Name extends string>(runs: Record<Name, () => unknown>): Record<Name, number> {
  const best = {} as Record<Name, number>
  for (let round = 0; round < rounds; round++) {
    for (const name of Object.keys(runs) as Name[]) {
      const before = process.cpuUsage()
      runs[name]()
      const { user, system } = process.cpuUsage(before)
      best[name] = Math.max(best[name] ?? 0, (eventCount / (user + system)) * 1e6)
    }
  }
  return best
}

function typeOf(value: unknown): LeafType {
  if (typeof value === 'boolean') return 'BOOLEAN'
  if (typeof value === 'number') return Number.isInteger(value) ? 'BIGINT' : 'DOUBLE'
  return /^\d{4}-\d\d-\d\dT/.test(String(value)) ? 'TIMESTAMP' : 'VARCHAR'
}

function toPart(makeRow: (index: number) => object): ExtractionPart {
  const starts = new Uint32Array(eventCount)
  const ends = new Uint32Array(eventCount)
  const rows: Buffer[] = []
  let at = 0
  for (let index = 0; index < eventCount; index++) {
    const row = Buffer.from(`${JSON.stringify(makeRow(index))}\n`)
    rows.push(row)
    starts[index] = at
    at += row.length
    ends[index] = at - 1
  }
  return { payload: Buffer.concat(rows), starts, ends }
}

/** In [0, 1), the same in every run. */
function random(): number {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
  const high = state
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
  return (high * 2 ** 21 + (state >>> 11)) / 2 ** 53
}
