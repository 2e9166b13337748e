/** The API's description of itself, made of the same schemas that check requests; `server/openapi.json` is its copy in the repo. */
import swagger from '@fastify/swagger'
import { createJsonSchemaTransform, createJsonSchemaTransformObject } from 'fastify-type-provider-zod'
import type { Api } from './app.ts'
import { problem } from './schemas.ts'

/** Must run before the routes are declared. */
export async function describeApi(app: Api): Promise<void> {
  app.addHook('onRoute', ({ schema }) => {
    if (!schema) return
    const failure = { description: 'A problem', content: { 'application/problem+json': { schema: problem } } }
    schema.response = { ...(schema.response as Record<string, unknown> | undefined), default: failure }
  })
  const routeSchema = createJsonSchemaTransform({ zodToJsonConfig })
  const withComponents = createJsonSchemaTransformObject({ zodToJsonConfig })
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Millrace', version: 'v1', description: 'What operators configure and ask.' },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      security: [{ token: [] }],
    },
    transform(document) {
      const { schema, url } = routeSchema(document)
      const permission = document.route.config?.permission
      const security = permission === 'public' ? { security: [] } : {}
      return { schema: { ...schema, ...security, 'x-permission': permission }, url }
    },
    transformObject: (document) => withoutUnused(withComponents(document)),
  })
}

type ZodToJsonConfig = NonNullable<NonNullable<Parameters<typeof createJsonSchemaTransform>[0]>['zodToJsonConfig']>

const zodToJsonConfig: ZodToJsonConfig = {
  unrepresentable: 'any',
  /** That a number is one JavaScript can count with is no limit of ours. */
  override({ jsonSchema }) {
    if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum
    if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum
  },
}

/** Each shared schema is made once for requests and once for answers, but most are only ever in one of the two. */
function withoutUnused<T extends ReturnType<ReturnType<typeof createJsonSchemaTransformObject>>>(document: T): T {
  const paths = JSON.stringify(document)
  const { components } = document as { components?: { schemas?: Record<string, unknown> } }
  const used = Object.entries(components?.schemas ?? {}).filter(([name]) =>
    paths.includes(`"#/components/schemas/${name}"`),
  )
  return { ...document, components: { ...components, schemas: Object.fromEntries(used) } }
}
