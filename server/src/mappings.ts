/** The words in which mappings are spoken of by those who set them and by the mapper. */

/** What becomes of fields that a mapping does not have: they get columns; their events are set aside; they are dropped. */
export const mappingModes = ['AUTO_MAP', 'STRICT', 'FLEXIBLE'] as const
export type MappingMode = (typeof mappingModes)[number]
