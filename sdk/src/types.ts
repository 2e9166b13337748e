/** What users of the SDK see: options with their defaults and units, the client, its events. Sizes are bytes of UTF-8, times ms. */
export type * from './types/client.ts'
export type * from './types/events.ts'
export type * from './types/options.ts'
export type * from './types/reports.ts'
export type * from './types/wire.ts'
