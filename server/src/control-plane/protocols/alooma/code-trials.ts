/** Code tried on a sample (ALOOMA-37, 38, 74): nothing is stored. Numbers keep all their digits on the way in and out. */
import { z } from 'zod'
import { MillraceError } from '../../../errors.ts'
import type { Caller } from '../../operations/operation.ts'
import type { CodeModule, TestedCode } from './alooma-port.ts'
import { faultOf } from './code-faults.ts'
import { isEmpty } from './code-modules.ts'
import { type AloomaParts, anyObject, type On, readBody } from './route.ts'
import { readModule, snippet, snippets } from './transforms.ts'

const trial = snippet.extend({ sample: anyObject })
const trialOfModules = z.object({ modules: snippets, sample: anyObject })

export function trialRoutes(on: On, { port }: Pick<AloomaParts, 'port'>): void {
  const test = async (caller: Caller, given: readonly CodeModule[], sample: Record<string, unknown>) => {
    const coded = given.filter((module) => !isEmpty(module))
    try {
      return outcomeOf(await port.testModules(caller, coded, sample))
    } catch (error) {
      if (!(error instanceof MillraceError) || error.code !== 'invalid_code') throw error
      return outcomeOf({ printed: '', results: [], runtimeMs: 0, error: faultOf(error) })
    }
  }
  on('POST', '/transform/functions/run', 'transforms:read', ({ caller, body }) => {
    const { sample, ...given } = readBody(trial, body)
    return test(caller, [readModule(given)], sample)
  })
  on('POST', '/transform/v2/functions/run', 'transforms:read', ({ caller, body }) => {
    const { sample, modules: given } = readBody(trialOfModules, body)
    return test(caller, given.map(readModule), sample)
  })
}

function outcomeOf({ printed, results, runtimeMs, error }: TestedCode) {
  const answer = { output: printed, runtime: runtimeMs }
  if (error !== undefined) {
    const told = { severity: 'error', type: 'CODE_ENGINE_ERROR', typeDescription: error, message: error }
    return { ...answer, result: null, errorMessage: error, notifications: [told] }
  }
  const result = results.length === 0 ? null : results.length === 1 ? results[0] : results
  return { ...answer, result, notifications: [] }
}
