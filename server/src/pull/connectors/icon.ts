/** Pictures of connectors: lines on a square of 24, in a grey that is seen on light and dark grounds alike. */

/** `shapes` are elements of SVG, which have no line of their own. A data URL. */
export function icon(shapes: string): string {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="#7a808c" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round">${shapes}</svg>`
  return `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`
}

/** A database, with a sign on its front. */
export function databaseIcon(sign: string): string {
  return icon(
    `<ellipse cx="12" cy="5" rx="8" ry="2.5"/><path d="M4 5v14c0 3.3 16 3.3 16 0V5"/><path d="M4 9.5c0 3.3 16 3.3 16 0"/>${sign}`,
  )
}
