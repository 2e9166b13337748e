/**
 * What a tap writes, a line of JSON each (Singer 0.3): SCHEMA, RECORD, STATE. Taps print other things too, and lie: what can be passed over
 * is, with a word in the log, and what cannot ends the job.
 */
import type { Json } from '@millrace/event/event'
import { z } from 'zod'
import { mayRound, parseExactly } from '../../../exact-json.ts'
import type { Logger } from '../../../telemetry.ts'
import { NotRetryable } from '../../connector.ts'

/** Its members are JSON, since they were read as such; numbers of many digits would not pass for it. */
const jsonObject = z.record(z.string(), z.custom<Json>())
const message = z.discriminatedUnion('type', [
  z.object({ type: z.literal('RECORD'), stream: z.string().min(1), record: jsonObject }),
  z.object({
    type: z.literal('SCHEMA'),
    stream: z.string().min(1),
    schema: z.looseObject({ properties: z.record(z.string(), z.unknown()).optional() }),
    key_properties: z.array(z.string()).nullish(),
  }),
  z.object({ type: z.literal('STATE'), value: z.json() }),
])
export type SingerMessage = z.output<typeof message>

const rubbishMax = 100
const shownChars = 200

export interface MessageReader {
  /** Undefined for what is passed over. @throws NotRetryable: too much of it is no Singer, or nothing that could be passed over. */
  read(line: string): SingerMessage | undefined
  /** At the end. @throws NotRetryable: there were lines, and none of them was Singer. */
  end(): void
}

export function openMessages(log: Logger): MessageReader {
  const told = new Set<string>()
  let rubbish = 0
  let understood = 0

  function passOver(line: string, why: string): undefined {
    if (++rubbish > rubbishMax)
      throw new NotRetryable(`More than ${rubbishMax} lines of the tap are no Singer messages; the last one: ${why}`)
    log.warn('a line of the tap is passed over', { why, line: line.slice(0, shownChars) })
    return undefined
  }

  function ignore(type: string): undefined {
    understood++
    if (!told.has(type)) log.info('messages of a type are ignored', { type })
    told.add(type)
    return undefined
  }

  return {
    read(line) {
      if (line.trim() === '') return undefined
      let json: unknown
      try {
        json = JSON.parse(line)
      } catch {
        return passOver(line, 'it is no JSON')
      }
      const type = (json as { type?: unknown } | null)?.type
      if (typeof type !== 'string') return passOver(line, 'it has no type')
      const name = type.toUpperCase()
      // What these stand for would be missing.
      if (name === 'BATCH')
        throw new NotRetryable('The tap sends BATCH, files instead of records: configure it without')
      if (!['RECORD', 'SCHEMA', 'STATE'].includes(name)) return ignore(name)
      const exact = name === 'RECORD' && mayRound(line) ? parseExactly(line) : json
      const parsed = message.safeParse({ ...(exact as object), type: name })
      if (!parsed.success) {
        const [{ path, message: why } = { path: [], message: '' }] = parsed.error.issues
        return passOver(line, `${name} ${path.join('.')}: ${why}`)
      }
      understood++
      return parsed.data
    },
    end() {
      if (understood === 0 && rubbish > 0)
        throw new NotRetryable('What the tap writes is no Singer: is it a tap at all?')
    },
  }
}
