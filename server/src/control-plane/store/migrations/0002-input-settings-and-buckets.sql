-- What an operator sets of an input, as JSON without its secrets; those are in `secrets`.
alter table inputs add column settings text not null default '{}';

create table buckets (
  workspace_id text not null,
  id text not null,
  -- A key names a bucket of one input: the same key of two inputs is two buckets.
  input_id text not null,
  key text not null,
  name text not null,
  event_type text not null,
  created_at bigint not null,
  primary key (workspace_id, id),
  unique (workspace_id, input_id, key),
  unique (workspace_id, event_type),
  foreign key (workspace_id, input_id) references inputs (workspace_id, id) on delete cascade
);
