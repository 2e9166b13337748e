/** The reference page of the API, made of its description and of the table of permissions. */
import { isWorkspacePermission, mayRole, type Permission, roles } from '../permissions.ts'

interface Described {
  readonly paths: Record<string, Record<string, { operationId: string; summary: string; 'x-permission': Permission }>>
}

/** Markdown. */
export function apiReference({ paths }: Described): string {
  const rows = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => {
      const call = `\`${method.toUpperCase()} ${path}\``
      return `| ${call} | ${operation.summary} | ${whoMay(operation['x-permission'])} |`
    }),
  )
  return `${introduction}\n\n| request | what it does | who may |\n|---|---|---|\n${rows.join('\n')}\n`
}

const introduction = `# The API

<!-- Made of the schemas in server/src/control-plane/api by its tests: UPDATE_GOLDEN=1 rewrites it. -->

Shapes of requests and answers are in \`/api/v1/openapi.json\`, and in \`server/openapi.json\`. Every request but the public ones
carries \`Authorization: Bearer <token>\` or a session's cookie; \`?workspace=ID\` names the workspace, the token's or \`default\`
where it is missing. Changes by a session also carry \`x-millrace-csrf: 1\`. What fails is answered by a problem of RFC 9457 with one
of the codes in [errors.md](errors.md). Lists have \`?limit=\` and \`?cursor=\`, and answer \`{items, nextCursor}\`.

Roles, strongest first: ${roles.join(', ')}. Each may whatever a weaker one may.`

function whoMay(permission: Permission): string {
  if (permission === 'public') return 'everybody'
  if (permission === 'session') return 'whoever is logged in or shows a token'
  if (permission === 'instance') return 'administrators of the installation'
  if (permission === 'metrics') return 'viewer (`status:read`), or the token of `MILLRACE_METRICS_TOKEN`'
  const weakest = isWorkspacePermission(permission) ? roles.findLast((role) => mayRole(role, permission)) : undefined
  return `${weakest} (\`${permission}\`)`
}
