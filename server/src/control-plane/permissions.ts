/** Who may do what: roles, permissions, and the one table that joins them. What is not in the table is refused. */

/** Strongest first. */
export const roles = ['owner', 'admin', 'editor', 'analyst', 'viewer'] as const
export type Role = (typeof roles)[number]

const rolesOf = {
  'workspaces:rename': ['owner', 'admin'],
  'workspaces:archive': ['owner'],
  'workspaces:unarchive': ['owner'],
  /** One that could not be opened is tried again. */
  'workspaces:reopen': ['owner', 'admin', 'editor'],
  'users:read': ['owner', 'admin'],
  'users:write': ['owner', 'admin'],
  /** One's own tokens; those of others from admin on. */
  'tokens:read': ['owner', 'admin', 'editor', 'analyst', 'viewer'],
  'tokens:write': ['owner', 'admin', 'editor', 'analyst', 'viewer'],
  'inputs:read': ['owner', 'admin', 'editor', 'analyst', 'viewer'],
  'inputs:write': ['owner', 'admin', 'editor'],
  'sources:read': ['owner', 'admin', 'editor', 'analyst', 'viewer'],
  'sources:write': ['owner', 'admin', 'editor'],
  'buckets:read': ['owner', 'admin', 'editor', 'analyst', 'viewer'],
  'buckets:write': ['owner', 'admin', 'editor'],
  'event-types:read': ['owner', 'admin', 'editor', 'analyst', 'viewer'],
  'event-types:write': ['owner', 'admin', 'editor'],
  /** Code, its history, test runs on data one gives. */
  'transforms:read': ['owner', 'admin', 'editor', 'analyst', 'viewer'],
  'transforms:write': ['owner', 'admin', 'editor'],
  /** Contents of events. */
  'samples:read': ['owner', 'admin', 'editor', 'analyst'],
  'metrics:read': ['owner', 'admin', 'editor', 'analyst', 'viewer'],
  'notifications:read': ['owner', 'admin', 'editor', 'analyst', 'viewer'],
  'notifications:write': ['owner', 'admin', 'editor'],
  'scheduled-queries:read': ['owner', 'admin', 'editor', 'analyst', 'viewer'],
  'scheduled-queries:write': ['owner', 'admin', 'editor'],
  /** What columns mean and what is derived from them; trying that on data takes `query:run`. */
  'semantic:read': ['owner', 'admin', 'editor', 'analyst', 'viewer'],
  'semantic:write': ['owner', 'admin', 'editor'],
  'settings:read': ['owner', 'admin', 'editor'],
  'settings:write': ['owner', 'admin'],
  'tables:write': ['owner', 'admin', 'editor'],
  'tables:read': ['owner', 'admin', 'editor', 'analyst', 'viewer'],
  'query:run': ['owner', 'admin', 'editor', 'analyst'],
  'restream:read': ['owner', 'admin', 'editor', 'analyst'],
  'restream:write': ['owner', 'admin', 'editor'],
  'status:read': ['owner', 'admin', 'editor', 'analyst', 'viewer'],
  /** Reads the whole log. */
  'status:verify': ['owner', 'admin', 'editor'],
  'audit:read': ['owner', 'admin'],
} as const satisfies Record<string, readonly Role[]>

/** What a role in a workspace may give. */
export type WorkspacePermission = keyof typeof rolesOf

/**
 * `public`: everybody; `session`: everybody who is logged in or shows a token, whatever their workspaces;
 * `instance`: who may create workspaces, which says nothing about what is in them; `metrics`: who shows the config's token for
 * metrics, or has `status:read` in the workspace, and then sees no other's.
 */
export type Permission = WorkspacePermission | 'public' | 'session' | 'instance' | 'metrics'

export const workspacePermissions = Object.keys(rolesOf) as WorkspacePermission[]

export function isWorkspacePermission(permission: Permission): permission is WorkspacePermission {
  return permission in rolesOf
}

export function mayRole(role: Role, permission: WorkspacePermission): boolean {
  return (rolesOf[permission] as readonly Role[]).includes(role)
}

/** Whether a role is stronger than, or as strong as, another. */
export function isAtLeast(role: Role, other: Role): boolean {
  return roles.indexOf(role) <= roles.indexOf(other)
}

export function weakerOf(one: Role, other: Role): Role {
  return isAtLeast(one, other) ? other : one
}
