/** `millrace connector test`: a connector against what every connector must do. */
import { existsSync } from 'node:fs'
import { isAbsolute, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { ConnectorFixture } from '@millrace/server/connector-kit'
import { type ExitCode, exitCodes, usageError } from '../failure.ts'
import { styler } from '../output.ts'
import { formatNumberOf } from '../quantities.ts'
import type { World } from '../world.ts'
import type { Run } from './command.ts'
import { connectorsOf } from './connector-package.ts'

export interface TestOptions {
  readonly fixture: string
}

interface Result {
  readonly check: string
  readonly isPassed: boolean
  readonly reason?: string
}

export async function testConnectors({ world, output }: Run, { fixture }: TestOptions, place = '.'): Promise<ExitCode> {
  await connectorsOf(world, place) // that a server would load it is the first check
  const { connectorChecks } = await import('@millrace/server/connector-kit')
  const open = await openerOf(world, place, fixture)
  const results: Result[] = []
  for (const { name, check } of connectorChecks) {
    results.push({ check: name, ...(await outcomeOf(open, check)) })
  }
  const style = styler(world.stdout, world.env)
  const failed = results.filter(({ isPassed }) => !isPassed).length
  output.show(results, () => {
    const lines = results.map(({ check, isPassed, reason }) =>
      isPassed ? `${style('green', 'passed')}  ${check}` : `${style('red', 'FAILED')}  ${check}\n        ${reason}`,
    )
    return [...lines, `${formatNumberOf(results.length, 'check')}, ${failed} failed.`].join('\n')
  })
  return failed === 0 ? exitCodes.ok : exitCodes.failed
}

async function outcomeOf(
  open: () => Promise<ConnectorFixture>,
  check: (fixture: ConnectorFixture) => Promise<void>,
): Promise<Omit<Result, 'check'>> {
  try {
    const fixture = await open()
    try {
      await check(fixture)
    } finally {
      await fixture[Symbol.asyncDispose]()
    }
    return { isPassed: true }
  } catch (error) {
    return { isPassed: false, reason: error instanceof Error ? error.message : String(error) }
  }
}

/** @throws CommandError: there is no fixture to check against. */
async function openerOf({ cwd }: World, place: string, name: string): Promise<() => Promise<ConnectorFixture>> {
  const isFolder = isAbsolute(place) || place.startsWith('.')
  const file = resolve(cwd, isFolder ? place : '.', name)
  const hint = 'It exports `open`, which gives a ConnectorFixture; millrace connector new writes one.'
  if (!existsSync(file)) throw usageError(`There is no fixture ${file}`, hint)
  const { open } = (await import(pathToFileURL(file).href)) as { open?: unknown }
  if (typeof open !== 'function') throw usageError(`${file} exports no function \`open\``, hint)
  return open as () => Promise<ConnectorFixture>
}
