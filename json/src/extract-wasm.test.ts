import { describe, expect, it } from 'vitest'
import { testExtractor } from './extract.suite.ts'
import { extractTexts } from './extract-cells.suite.ts'
import { openJsExtractor } from './extract-js.ts'
import { openRandom, pick, randomEvent, randomLeaves } from './extract-samples.suite.ts'
import { openWasmExtractor } from './extract-wasm.ts'
import { rowFlags } from './extraction.ts'

describe('the extractor in WebAssembly', () => {
  testExtractor(openWasmExtractor)

  it('agrees with the one in JavaScript, whatever the rows and leaves', () => {
    for (let seed = 0; seed < 80; seed++) {
      const random = openRandom(seed)
      const depthMax = pick(random, [2, 4, 64])
      const leaves = randomLeaves(random, random() * 100, Math.min(depthMax, 4))
      const settings = { leaves, depthMax, valueBytesMax: pick(random, [10, 50, 1000]) }
      const texts = Array.from({ length: random() * 60 }, () => randomEvent(random))
      const parts = pick(random, [1, 3])
      const ours = extractTexts(openWasmExtractor, settings, texts, { parts }).rows
      const theirs = extractTexts(openJsExtractor, settings, texts, { parts }).rows
      for (const [row, { flags, cells }] of ours.entries()) {
        const hasPromisedCells = (flags & rowFlags.duplicateKey) === 0
        const { flags: sameFlags, cells: sameCells } = theirs[row]!
        expect({ flags, cells: hasPromisedCells && cells }, `seed ${seed}: ${texts[row]}`).toEqual({
          flags: sameFlags,
          cells: hasPromisedCells && sameCells,
        })
      }
    }
  })
})
