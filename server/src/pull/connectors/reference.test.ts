/** The reference page says what the settings are: UPDATE_GOLDEN=1 writes it anew. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Connector } from '../connector.ts'
import { files } from './files.ts'
import { httpJson } from './http-json.ts'
import { kafka } from './kafka.ts'
import { mysql } from './mysql.ts'
import { postgres } from './postgres.ts'
import { referenceOf } from './reference.fixture.ts'
import { singerTaps } from './singer.ts'

const connectors = { 'http-json': httpJson, files, postgres, mysql, kafka, singer: singerTaps('') }
const page = join(import.meta.dirname, '../../../../docs/reference/connectors.md')

test('the page is that of these settings', () => {
  const text = referenceOf(connectors as unknown as Record<string, Connector>)
  if (process.env['UPDATE_GOLDEN']) writeFileSync(page, text)
  expect(readFileSync(page, 'utf8')).toBe(text)
})

test('parts, lists and several forms are told, and what is secret', () => {
  const text = referenceOf(connectors as unknown as Record<string, Connector>)
  expect(text).toContain('| `tunnel.hostKey` | a text | needed | Fingerprint of the server’s key')
  expect(text).toContain('| `auth(oauth2).refreshToken` | a text |  | Secret. ')
  expect(text).toContain('| `tables[].cursor` | a text |')
  expect(text).toContain('| `port` | a whole number, 1 to 65535 | `5432` |')
  expect(text).not.toMatch(/undefined|\[object/)
})
