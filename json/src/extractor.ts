/** The extractor to use. */
import { openJsExtractor } from './extract-js.ts'
import type { Extractor, ExtractorSettings } from './extraction.ts'

/** @throws RangeError where two leaves share a path, or a path or scale is out of bounds. */
export function openExtractor(settings: ExtractorSettings): Extractor {
  return openJsExtractor(settings)
}
