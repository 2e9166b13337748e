/** What Alooma's clients say of a bucket are settings that the connector of files takes. */
import { expect, it } from 'vitest'
import { settingsOfS3 } from './s3-input.ts'

/** As `create_s3_input` sends it. */
const said = {
  awsAccessKeyId: 'AKIA1',
  awsBucketName: 'raw',
  awsSecretAccessKey: 'very secret',
  filePrefix: 'shop/',
  loadFiles: 'all',
  fileFormat: '{"type": "json"}',
  auto_map: 'true',
}
const createdAt = Date.UTC(2026, 0, 2)
const s3 = { bucket: 'raw', prefix: 'shop/', accessKeyId: 'AKIA1', secretAccessKey: 'very secret' }

it('bucket, keys and prefix; rows are of the type that the input is called', () => {
  expect(settingsOfS3('orders', said, createdAt)).toMatchObject({ s3, table: 'orders', format: 'json' })
  const elsewhere = { ...said, endpoint: 'http://store:9000', region: 'eu-central-1', eventType: 'sale' }
  expect(settingsOfS3('orders', elsewhere, createdAt)).toMatchObject({
    s3: { ...s3, endpoint: 'http://store:9000', region: 'eu-central-1' },
    table: 'sale',
  })
})

it('new files alone are those since the input was made', () => {
  expect(settingsOfS3('orders', { ...said, loadFiles: 'new' }, createdAt)).toMatchObject({
    s3: { ...s3, changedSince: '2026-01-02T00:00:00.000Z' },
  })
})

it.each([
  ['{"type": "delimited", "delimiter": ";", "quoteChar": "\'"}', { format: 'csv', separator: ';', quote: "'" }],
  ['{"type": "delimited", "delimiter": "\\\\t"}', { format: 'csv', separator: '\t', quote: null }],
  ['{"type": "delimited", "delimiter": ",", "quoteChar": "\\"", "escapeChar": "\\""}', { format: 'csv', quote: '"' }],
  ['{"type": "other"}', { format: 'auto', separator: null }],
])('format %s', (fileFormat, settings) => {
  expect(settingsOfS3('orders', { ...said, fileFormat }, createdAt)).toMatchObject(settings)
})

it.each([
  [{ awsBucketName: undefined }, 'awsBucketName'],
  [{ awsSecretAccessKey: '' }, 'awsSecretAccessKey'],
  [{ loadFiles: 'some' }, 'loadFiles'],
  [{ fileFormat: 'json' }, 'fileFormat'],
  [{ fileFormat: '{"type": "xml"}' }, 'type'],
  [{ fileFormat: '{"type": "delimited", "escapeChar": "\\\\"}' }, 'escapeChar'],
])('%j is refused, and why is said', (change, reason) => {
  expect(() => settingsOfS3('orders', { ...said, ...change }, createdAt)).toThrow(reason)
})
