export function needsExactness(json: string): boolean
export function parseExactly(json: string): unknown
