/**
 * How values of one type become values of a wider one, in SQL, without loss: what they mean stays what it was, and a value that
 * cannot keep its meaning is an error, never another value.
 */
import type { ColumnType } from '../../../rows.ts'
import { quoteText } from './sql.ts'

export interface Widening {
  /** An SQL expression that widens a value, itself an expression. */
  readonly of: (value: string) => string
  /** Whether an ALTER by it can be replayed from the write-ahead log, where DuckDB has casts but knows most functions not yet. */
  readonly isReplayable: boolean
}

/** Undefined where `to` is not wider than `from`. */
export function widening(from: ColumnType, to: ColumnType): Widening | undefined {
  if (from === to || from === 'JSON') return undefined
  if (to === 'JSON') return byFunctions((value) => jsonOf(value, from))
  if (to === 'VARCHAR') return isCastToText(from) ? byCasts(castTo(to)) : byFunctions((value) => textOf(value, from))
  if (from === 'DATE' && to === 'TIMESTAMP') return byCasts(castTo(to))
  if (from === 'BIGINT' && to === 'DOUBLE') return byCasts(bigintToDouble)
  const scale = scaleOf(to)
  if (scale === undefined) return undefined
  if (from === 'BIGINT') return byCasts(castTo(to))
  if (from === 'DOUBLE') return byCasts((value) => doubleToDecimal(value, to))
  const scaleFrom = scaleOf(from)
  return scaleFrom !== undefined && scaleFrom < scale ? byCasts(castTo(to)) : undefined
}

function byCasts(of: Widening['of']): Widening {
  return { of, isReplayable: true }
}

function byFunctions(of: Widening['of']): Widening {
  return { of, isReplayable: false }
}

function castTo(type: ColumnType): Widening['of'] {
  return (value) => `CAST(${value} AS ${type})`
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

/** Checked by turning it back. The error's name is spelt out for the sake of a replay. */
function keepingMeaning(value: string, wide: string, back: string, to: ColumnType): string {
  const complaint = quoteText(`a value does not fit ${to}`)
  return `CASE WHEN ${value} IS NULL OR ${back} = ${value} THEN ${wide} ELSE system.main.error(${complaint}) END`
}

function jsonOf(value: string, from: ColumnType): string {
  const isTextInJson = from === 'VARCHAR' || from === 'DATE' || from === 'TIMESTAMP'
  return isTextInJson ? `to_json(${textOf(value, from)})` : `CAST(${textOf(value, from)} AS JSON)`
}

/** Whether DuckDB's own text of such a value is the one we want. */
function isCastToText(from: ColumnType): boolean {
  return from === 'BOOLEAN' || from === 'BIGINT' || from === 'DATE' || from === 'DECIMAL(38,0)'
}

function textOf(value: string, from: ColumnType): string {
  if (from === 'VARCHAR') return value
  if (from === 'TIMESTAMP') return timestampText(value)
  if (from === 'DOUBLE') return doubleText(value)
  const text = `CAST(${value} AS VARCHAR)`
  return isCastToText(from) ? text : `rtrim(rtrim(${text}, '0'), '.')`
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
