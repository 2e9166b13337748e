/** What a column is where nobody said so: numbers are measurements, unless their name says that they only tell rows apart. */
import type { Column, ColumnType } from '../rows.ts'
import type { Role } from './model.ts'

export function inferRole({ name, type }: Column): Role {
  return isNumber(type) && !isLabel(name) ? 'measurement' : 'dimension'
}

export function isNumber(type: ColumnType): boolean {
  return type === 'BIGINT' || type === 'DOUBLE' || type.startsWith('DECIMAL')
}

/** Whether numbers of this name are ids, codes, parts of a date or flags: `campaign_id`, `zipCode`, `year`, `is_paid`. */
function isLabel(name: string): boolean {
  if (name.startsWith('_')) return true
  const words = wordsOf(name)
  return labelWords.has(words.at(-1) ?? '') || labelWords.has(words.slice(-2).join('')) || flagWords.has(words[0] ?? '')
}

function wordsOf(name: string): string[] {
  return name
    .replaceAll(/(\p{Ll}|\p{N})(\p{Lu})/gu, '$1_$2')
    .replaceAll(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1_$2')
    .toLowerCase()
    .split(/[_\s.-]+/)
    .filter((word) => word !== '')
}

const labelWords = new Set([
  ...['id', 'ids', 'uuid', 'guid', 'key', 'pk', 'fk', 'code', 'zip', 'zipcode', 'postcode', 'postalcode', 'sku'],
  ...['ean', 'isbn', 'phone', 'phonenumber', 'ordernumber', 'number', 'no', 'nr', 'index', 'rank', 'version'],
  ...['year', 'quarter', 'month', 'week', 'day', 'weekday', 'hour', 'minute', 'date', 'time', 'timestamp', 'epoch'],
  ...['flag', 'enabled', 'active', 'lat', 'latitude', 'lon', 'lng', 'longitude', 'port', 'status', 'level', 'type'],
])
const flagWords = new Set(['is', 'has', 'was', 'can', 'should'])
