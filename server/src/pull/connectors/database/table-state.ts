/** What is remembered of a table that is read, and of the runs that read several. */
import { z } from 'zod'

export const tableState = z.object({
  /** Of the last row that was read: what its key columns hold, as texts. */
  key: z.array(z.string()).optional(),
  /** Which columns these are, with their types: of others it means nothing. */
  keyOf: z.string().optional(),
  /** The greatest value of the cursor so far, likewise, and which column that is. */
  cursor: z.string().optional(),
  cursorOf: z.string().optional(),
  /** Rows that have it: what tells them apart. Null: there are too many to remember. */
  ties: z.array(z.string()).nullable().optional(),
  rows: z.int(),
  /** It was read to its end. */
  isDone: z.boolean(),
})

export type TableState = z.output<typeof tableState>

export const runState = z.object({
  /** Which run of a full reading this is: rows that come again in the next one are new events. */
  run: z.int().default(1),
  /** Whether it came to its end. */
  isDone: z.boolean().default(false),
  /** By their names with their schemas; of a query by `query`. */
  tables: z.record(z.string(), tableState).default({}),
})

export type RunState = z.output<typeof runState>
