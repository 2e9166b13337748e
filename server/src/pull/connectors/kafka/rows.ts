/** A message of Kafka as a row: its value, and beside it where it lay, its key and its headers. */
import type { Json } from '@millrace/event/event'
import { isExactNumber, parseExactly } from '../../../exact-json.ts'
import type { PulledDraft } from '../../connector.ts'
import type { KafkaSettings } from './settings.ts'

export interface KafkaMessage {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
  /** ms since 1970 UTC. */
  readonly time: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: readonly (readonly [Buffer | null, Buffer | null])[]
}

/** A value that should be JSON and is none goes to the restream queue as it is. */
export function draftOf(
  message: KafkaMessage,
  { values, table }: Pick<KafkaSettings, 'values' | 'table'>,
): PulledDraft {
  const { topic, partition, offset, time, key, value, headers } = message
  const id = `${topic}-${partition}-${offset}`
  const about = { type: table ?? topic, ...(id.length <= 128 && { id }), ...(time > 0 && { time }) }
  const kafka = {
    topic,
    partition,
    offset: `${offset}`,
    key: textOf(key),
    headers: Object.fromEntries(headers.map(([name, text]) => [textOf(name) ?? '', textOf(text)])),
  }
  if (value === null || values !== 'json') {
    const shown = values === 'bytes' ? value?.toString('base64') : value?.toString('utf8')
    return { ...about, data: { value: shown ?? null, kafka } }
  }
  let json: Json
  try {
    json = parseExactly(value.toString('utf8')) as Json
  } catch {
    return { ...about, data: {}, line: Buffer.from(`${value.toString('utf8').replace(/[\r\n]/g, ' ')}\n`) }
  }
  const isObject = typeof json === 'object' && json !== null && !Array.isArray(json) && !isExactNumber(json)
  return { ...about, data: { ...(isObject ? (json as object) : { value: json }), kafka } }
}

/** As base64 where it is no text. */
function textOf(bytes: Buffer | null): string | null {
  if (bytes === null) return null
  const text = bytes.toString('utf8')
  return text.includes('\uFFFD') ? bytes.toString('base64') : text
}
