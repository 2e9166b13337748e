-- What clients of Alooma keep here that has no place of its own in Millrace: `value` is JSON, without secrets; those are in `secrets`.
create table alooma_state (
  workspace_id text not null references workspaces (id),
  -- What it is: input, output, settings …
  kind text not null,
  -- Of that kind; an input's id, an event type's name.
  id text not null,
  value text not null,
  updated_at bigint not null,
  primary key (workspace_id, kind, id)
);

-- How long a session may stay unused: those of clients, which keep theirs for days, longer than those of people.
alter table sessions add column idle_ms bigint not null default 43200000;
