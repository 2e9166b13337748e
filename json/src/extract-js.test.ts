import { describe } from 'vitest'
import { testExtractor } from './extract.suite.ts'
import { openJsExtractor } from './extract-js.ts'

describe('the extractor in JavaScript', () => testExtractor(openJsExtractor))
