/**
 * What a formula means where certain names have certain meanings: its type, and whether it is about one row or about many. A
 * formula about many rows has names outside of its aggregates stand for their own aggregation.
 */
import type { Formula } from './formula.ts'
import { type FormulaFunction, formulaFunctions } from './formula-functions.ts'
import { suggestion } from './names.ts'
import { foldName } from './sql.ts'

export type FormulaType = 'number' | 'text' | 'boolean' | 'null'

/** `row`: differs from row to row; `rows`: it has aggregates; `constant`: neither. */
export type FormulaLevel = 'constant' | 'row' | 'rows'

export interface Meaning {
  readonly type: FormulaType
  readonly level: FormulaLevel
  /** Whether it may stand for its aggregation: a measurement. */
  readonly canAggregate: boolean
}

/** Meanings by folded names; a text where a name is there but cannot be used, and why. */
export type FormulaScope = Pick<ReadonlyMap<string, Meaning | string>, 'get' | 'keys'>

export interface CheckedFormula {
  readonly type: FormulaType
  readonly level: FormulaLevel
  /** Empty where it is right. */
  readonly faults: readonly string[]
  /** Names that nothing has. */
  readonly unknown: readonly string[]
}

export function checkFormula(formula: Formula, scope: FormulaScope): CheckedFormula {
  const faults = new Set<string>()
  const unknown = new Set<string>()
  const found = typeOf(formula, false)
  if (found.type === 'text' || found.type === 'boolean') faults.add(`It makes a ${nounOf[found.type]}, not a number`)
  if (found.level === 'rows') checkNamesOfMany(formula)
  return { ...found, faults: [...faults], unknown: [...unknown] }

  function typeOf(part: Formula, isInAggregate: boolean): { type: FormulaType; level: FormulaLevel } {
    switch (part.kind) {
      case 'number':
      case 'text':
      case 'boolean':
      case 'null':
        return { type: part.kind, level: 'constant' }
      case 'name':
        return typeOfName(part.name, isInAggregate)
      case 'unary': {
        const wanted = part.operator === '-' ? 'number' : 'boolean'
        const of = typeOf(part.of, isInAggregate)
        demand(of.type, wanted, part.operator)
        return { type: wanted, level: of.level }
      }
      case 'binary':
        return typeOfBinary(part, isInAggregate)
      case 'call':
        return typeOfCall(part, isInAggregate)
    }
  }

  function typeOfName(name: string, isInAggregate: boolean): { type: FormulaType; level: FormulaLevel } {
    const meaning = scope.get(foldName(name))
    if (meaning === undefined) {
      unknown.add(name)
      faults.add(`There is no ${name}${suggestion(name, scope.keys())}`)
      return { type: 'null', level: 'row' }
    }
    if (typeof meaning === 'string') {
      faults.add(meaning)
      return { type: 'null', level: 'row' }
    }
    if (meaning.level === 'rows' && isInAggregate)
      faults.add(`${name} has aggregates itself, so it cannot stand within one`)
    return meaning
  }

  function typeOfBinary({ operator, left, right }: Formula & { kind: 'binary' }, isInAggregate: boolean) {
    const [one, other] = [typeOf(left, isInAggregate), typeOf(right, isInAggregate)]
    const level = levelOf([one.level, other.level])
    if (operator === 'and' || operator === 'or') {
      for (const { type } of [one, other]) demand(type, 'boolean', operator)
      return { type: 'boolean' as const, level }
    }
    if (['+', '-', '*', '/', '%'].includes(operator)) {
      for (const { type } of [one, other]) demand(type, 'number', operator)
      return { type: 'number' as const, level }
    }
    common([one.type, other.type], operator)
    return { type: 'boolean' as const, level }
  }

  function typeOfCall({ name, arguments: given }: Formula & { kind: 'call' }, isInAggregate: boolean) {
    const known: FormulaFunction | undefined = Object.hasOwn(formulaFunctions, name)
      ? formulaFunctions[name as keyof typeof formulaFunctions]
      : undefined
    if (known === undefined) {
      faults.add(`There is no function ${name}${suggestion(name, Object.keys(formulaFunctions))}`)
      return { type: 'null' as const, level: 'row' as const }
    }
    if (known.isAggregate && isInAggregate) faults.add(`${name} cannot stand within another aggregate`)
    if (given.length < known.arguments[0] || given.length > known.arguments[1])
      faults.add(`${name} takes ${countOf(known.arguments)}, not ${given.length}`)
    const found = given.map((part) => typeOf(part, isInAggregate || known.isAggregate))
    const level = known.isAggregate ? ('rows' as const) : levelOf(found.map((one) => one.level))
    const types = found.map(({ type }) => type)
    if (name === 'round' && given.length === 2 && !isDigits(given[1]!))
      faults.add('round takes a whole number from -15 to 15 as its second argument')
    if (known.takes === 'condition') {
      demand(types[0] ?? 'null', 'boolean', name)
      return { type: common(types.slice(1), name), level }
    }
    if (known.takes === 'same') return { type: common(types, name), level }
    if (known.takes === 'numbers') for (const type of types) demand(type, 'number', name)
    return { type: 'number' as const, level }
  }

  function demand(type: FormulaType, wanted: FormulaType, where: string): void {
    if (type !== wanted && type !== 'null') faults.add(`${where} takes ${nounOf[wanted]}s, not a ${nounOf[type]}`)
  }

  function common(types: readonly FormulaType[], where: string): FormulaType {
    const kinds = [...new Set(types.filter((type) => type !== 'null'))]
    if (kinds.length > 1) faults.add(`${where} cannot have both a ${kinds.map((kind) => nounOf[kind]).join(' and a ')}`)
    return kinds[0] ?? 'null'
  }

  /** Outside of aggregates a name of one row has no meaning, unless it can be aggregated. */
  function checkNamesOfMany(part: Formula): void {
    if (part.kind === 'name') {
      const meaning = scope.get(foldName(part.name))
      if (typeof meaning === 'object' && meaning.level === 'row' && !meaning.canAggregate)
        faults.add(`${part.name} needs an aggregate around it, as the formula has some`)
    } else if (part.kind === 'unary') checkNamesOfMany(part.of)
    else if (part.kind === 'binary') for (const side of [part.left, part.right]) checkNamesOfMany(side)
    else if (part.kind === 'call' && !isAggregateCall(part)) for (const one of part.arguments) checkNamesOfMany(one)
  }
}

/** Whether every name outside of aggregates can stand for its aggregation, so that the formula can be about many rows. */
export function canBeOfMany(formula: Formula, scope: FormulaScope): boolean {
  switch (formula.kind) {
    case 'name': {
      const meaning = scope.get(foldName(formula.name))
      return typeof meaning === 'object' && meaning.canAggregate
    }
    case 'unary':
      return canBeOfMany(formula.of, scope)
    case 'binary':
      return canBeOfMany(formula.left, scope) && canBeOfMany(formula.right, scope)
    case 'call':
      return isAggregateCall(formula) || formula.arguments.every((part) => canBeOfMany(part, scope))
    default:
      return true
  }
}

export function isAggregateCall({ name }: { readonly name: string }): boolean {
  return Object.hasOwn(formulaFunctions, name) && formulaFunctions[name as keyof typeof formulaFunctions].isAggregate
}

function levelOf(levels: readonly FormulaLevel[]): FormulaLevel {
  if (levels.includes('rows')) return 'rows'
  return levels.includes('row') ? 'row' : 'constant'
}

function isDigits(part: Formula): boolean {
  const value =
    part.kind === 'unary' && part.of.kind === 'number' ? -part.of.value : part.kind === 'number' && part.value
  return Number.isInteger(value) && Math.abs(Number(value)) <= 15
}

const nounOf = { number: 'number', text: 'text', boolean: 'condition', null: 'null' } as const

function countOf([min, max]: readonly [number, number]): string {
  if (min === max) return min === 1 ? '1 argument' : `${min} arguments`
  return max === Number.POSITIVE_INFINITY ? `${min} arguments or more` : `${min} to ${max} arguments`
}
