/** `millrace workspaces quota`: what a workspace may take in, and what of the month is used. */
import { bodyOf } from '@millrace/client/client'
import type { components } from '@millrace/client/openapi'
import { InvalidArgumentError } from 'commander'
import { type ConnectionOptions, connect } from '../connection.ts'
import { renderTable } from '../table.ts'
import type { Run } from './command.ts'

type Quota = components['schemas']['Quota']
type Limits = Omit<Quota, 'used' | 'resetsAt'>

export type QuotaOptions = ConnectionOptions & { [Name in keyof Limits]?: number | 'none' }

/** A whole number, or `none`. @throws InvalidArgumentError */
export function parseLimit(text: string): number | 'none' {
  if (text === 'none') return text
  if (/^[0-9]{1,15}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('A limit is a whole number, or none')
}

export async function quota(
  { world, output }: Run,
  { workspace: _, ...options }: QuotaOptions,
  id: string,
): Promise<void> {
  const client = await connect(world, options)
  const place = { params: { path: { workspace: id } } }
  const now = await bodyOf(client.GET('/api/v1/workspaces/{workspace}/quota', place))
  const changed = names.filter((name) => options[name] !== undefined)
  const limitOf = (name: keyof Limits) => (options[name] === 'none' ? null : (options[name] ?? now[name]))
  const limits = Object.fromEntries(names.map((name) => [name, limitOf(name)]))
  const shown =
    changed.length === 0
      ? now
      : await bodyOf(client.PUT('/api/v1/workspaces/{workspace}/quota', { ...place, body: limits as Limits }))
  output.show([shown], () => {
    const limit = (name: keyof Limits) => shown[name] ?? 'none'
    return renderTable(
      ['', 'at most', `used in ${shown.used.month}`],
      [
        ['events a month', limit('eventsPerMonthMax'), shown.used.events],
        ['bytes a month', limit('bytesPerMonthMax'), shown.used.bytes],
        ['events a second', limit('eventsPerSecondMax'), ''],
        ['bytes a second', limit('bytesPerSecondMax'), ''],
      ],
    )
  })
}

const names = ['eventsPerSecondMax', 'bytesPerSecondMax', 'eventsPerMonthMax', 'bytesPerMonthMax'] as const
