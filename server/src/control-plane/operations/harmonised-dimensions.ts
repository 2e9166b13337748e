/** Harmonised dimensions: one name for what several tables call by names of their own. */
import type { HarmonisedDimension } from '../../semantic/model.ts'
import type { SemanticParts } from './semantic-changes.ts'
import { semanticObjectOperations } from './semantic-objects.ts'

export type HarmonisedDefinition = Omit<HarmonisedDimension, 'id' | 'name'>

export function harmonisedDimensionOperations(parts: SemanticParts) {
  return semanticObjectOperations<HarmonisedDefinition>(parts, { kind: 'harmonised-dimension' })
}
