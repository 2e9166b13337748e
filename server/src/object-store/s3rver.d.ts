/** What the tests use of it, which comes without types. */
declare module '@20minutes/s3rver' {
  export default class S3rver {
    constructor(options: {
      port: number
      address: string
      silent: boolean
      directory: string
      configureBuckets: readonly { name: string }[]
    })
    readonly store: {
      listObjects(
        bucket: string,
        options: { prefix: string; maxKeys: number; startAfter: string | undefined },
      ): Promise<{
        objects: readonly { key: string; size: number; lastModifiedDate: Date; metadata: { etag: string } }[]
        isTruncated: boolean
      }>
    }
    run(): Promise<{ port: number }>
    close(): Promise<void>
  }
}
