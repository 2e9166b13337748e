-- Users' code. Every change of code, lookups, secrets or settings is a version, which is never changed again.
create table transform_versions (
  workspace_id text not null references workspaces (id),
  -- From 1, without gaps.
  version bigint not null,
  created_at bigint not null,
  -- Who made it: a user's id.
  author text not null,
  message text not null,
  -- What this version changed of the one before, as JSON: ["module main", "lookup cities"].
  changed text not null,
  -- The version whose content it took over.
  rolled_back_to bigint,
  -- What there is in this version, as JSON; long texts by their hash.
  content text not null,
  primary key (workspace_id, version)
);

-- Code of modules, and lookups as JSON: each text once, however many versions have it. Lookups of old versions are forgotten.
create table transform_texts (
  workspace_id text not null references workspaces (id),
  -- Of the text and what it is, hexadecimal.
  hash text not null,
  text text not null,
  primary key (workspace_id, hash)
);
