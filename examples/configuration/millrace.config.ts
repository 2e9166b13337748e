/** A shop's workspace as code: where events come from, what is made of them, and who hears of it when that fails. */
import {
  defineCalculatedMeasurement,
  defineChannel,
  defineConfig,
  defineEventType,
  defineInput,
  defineLookup,
  defineScheduledQuery,
  defineTransform,
  secret,
} from '@millrace/client/config'

const sales = 'sales'

export default defineConfig({
  mappingMode: 'AUTO_MAP',
  inputs: [
    defineInput({ label: 'shop', type: 'native' }),
    defineInput({ label: 'payments', type: 'webhook', settings: { signingSecret: secret('PAYMENTS_SECRET') } }),
  ],
  eventTypes: [
    defineEventType({
      name: 'sale',
      mode: 'FLEXIBLE',
      table: sales,
      primaryKey: ['id'],
      fields: [
        { path: ['id'], column: 'id', type: 'BIGINT', nonNull: true },
        { path: ['price'], column: 'price', type: 'DECIMAL', precision: 10, scale: 2 },
        { path: ['city'], column: 'city', type: 'VARCHAR' },
        { path: ['debug'], isDiscarded: true },
      ],
    }),
  ],
  transforms: [defineTransform({ name: 'main', file: 'transforms/main.ts' })],
  lookups: [defineLookup({ name: 'cities', entries: { muc: 'Munich', ber: 'Berlin' } })],
  codeSecrets: { salt: secret('SHOP_SALT') },
  scheduledQueries: [
    defineScheduledQuery({
      label: 'Sales by city',
      target: 'sales_by_city',
      statement: {
        kind: 'select',
        mode: 'replace',
        sql: `SELECT city, sum(price) AS total FROM ${sales} GROUP BY city`,
      },
      schedule: { cron: '0 4 * * *', timeZone: 'Europe/Berlin' },
    }),
  ],
  channels: [
    defineChannel({ label: 'On call', target: { kind: 'slack', url: secret('SLACK_URL') }, severityMin: 'error' }),
  ],
  calculatedMeasurements: [defineCalculatedMeasurement({ name: 'Average price', formula: 'avg(price)' })],
})
