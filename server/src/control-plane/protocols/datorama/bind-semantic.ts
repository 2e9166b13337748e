/** The semantic layer, bound to its operations. */
import { MillraceError } from '../../../errors.ts'
import type { Operations } from '../../operations/operations.ts'
import type { DatoramaPort } from './datorama-port.ts'

type SemanticPort = Pick<
  DatoramaPort,
  | 'dimensions'
  | 'harmonizedDimensions'
  | 'patterns'
  | 'createPattern'
  | 'calculatedMeasurements'
  | 'createCalculatedMeasurement'
>

export function bindSemantic(_operations: Operations): SemanticPort {
  const missing = async (): Promise<never> => {
    throw new MillraceError('not_implemented', 'There is no semantic layer yet')
  }
  return {
    dimensions: missing,
    harmonizedDimensions: missing,
    patterns: missing,
    createPattern: missing,
    calculatedMeasurements: missing,
    createCalculatedMeasurement: missing,
  }
}
