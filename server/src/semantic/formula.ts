/**
 * Formulas of calculated measurements: `spend / clicks * 1000`, `if(channel = 'Search', spend, 0)`, `sum(spend) / count()`.
 * A name stands as it is where it is one word, and in double quotes otherwise; a text stands in single quotes, as in SQL.
 * The text is read by jsep; what it can say beyond a formula is refused here, so that nothing else has to know of it.
 */
import jsep from 'jsep'
import { MillraceError } from '../errors.ts'
import { semanticLimits } from './model.ts'

export type BinaryOperator = '+' | '-' | '*' | '/' | '%' | '=' | '<>' | '<' | '<=' | '>' | '>=' | 'and' | 'or'

export type Formula =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'null' }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'unary'; readonly operator: '-' | 'not'; readonly of: Formula }
  | { readonly kind: 'binary'; readonly operator: BinaryOperator; readonly left: Formula; readonly right: Formula }
  | { readonly kind: 'call'; readonly name: string; readonly arguments: readonly Formula[] }

jsep.addBinaryOp('=', 6)
jsep.addBinaryOp('<>', 6)
jsep.addBinaryOp('and', 2)
jsep.addBinaryOp('or', 1)
jsep.addUnaryOp('not')

/** How deep parts may stand within each other. */
const depthMax = 100

/** @throws MillraceError `invalid_request`: it is no formula, and why. */
export function parseFormula(text: string): Formula {
  if (text.length > semanticLimits.formulaCharsMax)
    throw wrong(`It has more than ${semanticLimits.formulaCharsMax} characters`)
  if (text.includes('\0') || !text.isWellFormed()) throw wrong('It is no text')
  return formulaOf(parsed(text), 0)
}

/** The names that a formula uses, each as it is first written. */
export function namesOf(formula: Formula): string[] {
  switch (formula.kind) {
    case 'name':
      return [formula.name]
    case 'unary':
      return namesOf(formula.of)
    case 'binary':
      return [...new Set([...namesOf(formula.left), ...namesOf(formula.right)])]
    case 'call':
      return [...new Set(formula.arguments.flatMap(namesOf))]
    default:
      return []
  }
}

function parsed(text: string): jsep.Expression {
  try {
    return jsep(text)
  } catch (cause) {
    const { description, index, message } = cause as Error & { description?: string; index?: number }
    if (description === undefined) throw wrong(`It cannot be read: ${message}`)
    throw wrong(`${description} at character ${(index ?? 0) + 1}`)
  }
}

const operators: Readonly<Record<string, BinaryOperator>> = {
  ...{ '+': '+', '-': '-', '*': '*', '/': '/', '%': '%', '=': '=', '==': '=', '<>': '<>', '!=': '<>' },
  ...{ '<': '<', '<=': '<=', '>': '>', '>=': '>=', and: 'and', '&&': 'and', or: 'or', '||': 'or' },
}

function formulaOf(expression: jsep.Expression, depth: number): Formula {
  if (depth > depthMax) throw wrong('Its parts stand too deep within each other')
  const inner = (part: unknown) => formulaOf(part as jsep.Expression, depth + 1)
  switch (expression.type) {
    case 'Literal':
      return literalOf(expression as jsep.Literal)
    case 'Identifier':
      return { kind: 'name', name: (expression as jsep.Identifier).name }
    case 'UnaryExpression': {
      const { operator, argument } = expression as jsep.UnaryExpression
      if (operator === '+') return inner(argument)
      if (operator === '-') return { kind: 'unary', operator, of: inner(argument) }
      if (operator === '!' || operator === 'not') return { kind: 'unary', operator: 'not', of: inner(argument) }
      throw wrong(`There is no operator ${operator}`)
    }
    case 'BinaryExpression': {
      const { operator: written, left, right } = expression as jsep.BinaryExpression
      const operator = Object.hasOwn(operators, written) ? operators[written] : undefined
      if (operator === undefined) throw wrong(`There is no operator ${written}`)
      return { kind: 'binary', operator, left: inner(left), right: inner(right) }
    }
    case 'CallExpression': {
      const { callee, arguments: given } = expression as jsep.CallExpression
      if (callee.type !== 'Identifier') throw wrong('Only a function’s name can stand before a parenthesis')
      if (given.some((one) => one === null)) throw wrong('An argument is missing')
      return { kind: 'call', name: (callee as jsep.Identifier).name.toLowerCase(), arguments: given.map(inner) }
    }
    default:
      throw wrong(refusals[expression.type] ?? 'It is no formula')
  }
}

function literalOf({ value, raw }: jsep.Literal): Formula {
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw wrong(`The number ${raw} is out of range`)
    return { kind: 'number', value }
  }
  if (typeof value === 'boolean') return { kind: 'boolean', value }
  if (typeof value !== 'string') return { kind: 'null' }
  if (!raw.startsWith('"')) return { kind: 'text', value }
  if (value === '') throw wrong('A name is empty')
  return { kind: 'name', name: value }
}

const refusals: Readonly<Record<string, string>> = {
  Compound: 'It is more than one expression: an operator is missing, or it is empty',
  MemberExpression: 'A name with a point or bracket in it stands in double quotes',
  ConditionalExpression: 'Write if(condition, then, else)',
  ArrayExpression: 'A name in brackets stands in double quotes instead',
  ThisExpression: 'There is no this',
  SequenceExpression: 'It is more than one expression',
}

function wrong(message: string): MillraceError {
  return new MillraceError('invalid_request', message)
}
