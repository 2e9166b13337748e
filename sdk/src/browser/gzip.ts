/** gzip as browsers and workers have it. */
export async function gzip(body: string | Uint8Array): Promise<Uint8Array> {
  const packed = new Blob([body as BlobPart]).stream().pipeThrough(new CompressionStream('gzip'))
  return new Uint8Array(await new Response(packed).arrayBuffer())
}
