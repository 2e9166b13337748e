-- The first shape of the metadata. Types and statements are those that SQLite and PostgreSQL both understand:
-- text, bigint (times are ms since 1970 UTC), JSON as text. Ids are unique in their workspace.

create table workspaces (
  id text not null primary key,
  name text not null,
  created_at bigint not null,
  archived_at bigint
);

create table users (
  id text not null primary key,
  email text not null unique,
  password_hash text not null,
  -- 1: may create workspaces. Says nothing about what is in them.
  instance_admin bigint not null,
  created_at bigint not null
);

create table memberships (
  workspace_id text not null references workspaces (id),
  user_id text not null references users (id) on delete cascade,
  role text not null,
  created_at bigint not null,
  primary key (workspace_id, user_id)
);

create index memberships_by_user on memberships (user_id);

create table sessions (
  -- SHA-256 of the cookie's value, hexadecimal.
  hash text not null primary key,
  user_id text not null references users (id) on delete cascade,
  created_at bigint not null,
  last_seen_at bigint not null
);

create table tokens (
  -- The id8 that is part of the token's text.
  id text not null primary key,
  -- Acts for this user: never more than their role.
  user_id text not null references users (id) on delete cascade,
  -- Null: wherever the user has a role.
  workspace_id text references workspaces (id),
  -- The most it may do; null: what the user may.
  role text,
  label text not null,
  -- SHA-256 of the secret, hexadecimal.
  hash text not null,
  -- 'issued' here, or fixed by the 'config' of the process.
  origin text not null,
  created_at bigint not null,
  expires_at bigint,
  last_used_at bigint
);

create index tokens_by_workspace on tokens (workspace_id);

create table inputs (
  workspace_id text not null references workspaces (id),
  id text not null,
  label text not null,
  type text not null,
  created_at bigint not null,
  disabled_at bigint,
  primary key (workspace_id, id),
  unique (workspace_id, label)
);

create table input_keys (
  -- The id8 that is part of the key's text.
  id text not null primary key,
  workspace_id text not null,
  input_id text not null,
  hash text not null,
  origin text not null,
  created_at bigint not null,
  -- Set when another key replaced it: until then both let events in.
  expires_at bigint,
  foreign key (workspace_id, input_id) references inputs (workspace_id, id) on delete cascade
);

create index input_keys_by_input on input_keys (workspace_id, input_id);

create table mappings (
  workspace_id text not null references workspaces (id),
  event_type text not null,
  version bigint not null,
  table_name text not null,
  mapping text not null,
  created_at bigint not null,
  primary key (workspace_id, event_type, version)
);

create table audit (
  -- UUIDv7: sorts by time.
  id text not null primary key,
  -- Null: concerns no workspace, a login for instance.
  workspace_id text references workspaces (id),
  at bigint not null,
  actor text not null,
  token_id text,
  ip text,
  request_id text,
  action text not null,
  object text not null,
  -- What changed, as JSON; never a secret.
  detail text not null
);

create index audit_by_workspace on audit (workspace_id, id);

create table secrets (
  workspace_id text not null references workspaces (id),
  type text not null,
  id text not null,
  envelope text not null,
  created_at bigint not null,
  primary key (workspace_id, type, id)
);
