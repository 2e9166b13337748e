/**
 * How values of one type become values of a wider one, in SQL, without loss: what they mean stays what it was, and a value that
 * cannot keep its meaning is an error, never another value.
 */
import type { ColumnType } from '../../../rows.ts'
import { quoteText } from './sql.ts'

/** The SQL expression that widens `value`, itself an expression; undefined where `to` is not wider than `from`. */
export function widen(value: string, from: ColumnType, to: ColumnType): string | undefined {
  if (to === 'JSON') return widenToJson(value, from)
  if (to === 'VARCHAR') return from === 'JSON' ? undefined : textOf(value, from)
  if (to === 'DOUBLE' && from === 'BIGINT') return bigintToDouble(value)
  if (to === 'TIMESTAMP' && from === 'DATE') return `CAST(${value} AS TIMESTAMP)`
  const scale = scaleOf(to)
  if (scale === undefined) return undefined
  if (from === 'BIGINT') return `CAST(${value} AS ${to})`
  if (from === 'DOUBLE') return doubleToDecimal(value, to)
  const scaleFrom = scaleOf(from)
  return scaleFrom !== undefined && scaleFrom < scale ? `CAST(${value} AS ${to})` : undefined
}

/** Digits after the point of a DECIMAL. */
function scaleOf(type: ColumnType): number | undefined {
  const [, scale] = /^DECIMAL\(38,(\d+)\)$/.exec(type) ?? []
  return scale === undefined ? undefined : Number(scale)
}

function bigintToDouble(value: string): string {
  const wide = `CAST(${value} AS DOUBLE)`
  return keepingMeaning(value, wide, `CAST(${wide} AS HUGEINT)`, 'DOUBLE')
}

/** By its shortest text, so that 0.3 stays 0.3 and does not become 0.299999999999999989. */
function doubleToDecimal(value: string, to: ColumnType): string {
  const wide = `CAST(CAST(${value} AS VARCHAR) AS ${to})`
  return keepingMeaning(value, wide, `CAST(CAST(${wide} AS VARCHAR) AS DOUBLE)`, to)
}

function keepingMeaning(value: string, wide: string, back: string, to: ColumnType): string {
  const complaint = quoteText(`a value does not fit ${to}`)
  return `CASE WHEN ${value} IS NULL OR ${back} = ${value} THEN ${wide} ELSE error(${complaint}) END`
}

function widenToJson(value: string, from: ColumnType): string | undefined {
  if (from === 'JSON') return undefined
  const text = textOf(value, from)
  const isTextInJson = from === 'VARCHAR' || from === 'DATE' || from === 'TIMESTAMP'
  return isTextInJson ? `to_json(${text})` : `CAST(${text} AS JSON)`
}

function textOf(value: string, from: ColumnType): string | undefined {
  if (from === 'VARCHAR') return value
  if (from === 'DATE') return `strftime(${value}, '%Y-%m-%d')`
  if (from === 'TIMESTAMP') return timestampText(value)
  if (from === 'DOUBLE') return doubleText(value)
  const text = `CAST(${value} AS VARCHAR)`
  return from.startsWith('DECIMAL') && from !== 'DECIMAL(38,0)' ? `rtrim(rtrim(${text}, '0'), '.')` : text
}

function timestampText(value: string): string {
  const seconds = `strftime(${value}, '%Y-%m-%dT%H:%M:%SZ')`
  const micros = `strftime(${value}, '%Y-%m-%dT%H:%M:%S.%fZ')`
  return `CASE WHEN epoch_us(${value}) % 1000000 = 0 THEN ${seconds} ELSE ${micros} END`
}

/** As JavaScript and JSON write numbers: `1`, not `1.0`; `100000000000000000000`, not `1e+20`; `0.00001`, not `1e-05`. */
function doubleText(value: string): string {
  const text = `CAST(${value} AS VARCHAR)`
  const sign = `regexp_extract(${text}, '^-')`
  const digits = `replace(regexp_extract(${text}, '[0-9.]+'), '.', '')`
  const exponent = `CAST(regexp_extract(${text}, '[0-9]+$') AS INTEGER)`
  return `CASE
    WHEN ${text} LIKE '%.0' THEN left(${text}, -2)
    WHEN regexp_matches(${text}, 'e[+](1[6-9]|20)$') THEN ${sign} || rpad(${digits}, ${exponent} + 1, '0')
    WHEN regexp_matches(${text}, 'e-0[56]$') THEN ${sign} || '0.' || repeat('0', ${exponent} - 1) || ${digits}
    ELSE replace(${text}, 'e-0', 'e-') END`
}
