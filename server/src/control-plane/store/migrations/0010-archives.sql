-- Where raw events of a workspace are kept, besides its tables. `target` is JSON without what is secret of it; that is in `secrets`.
create table archives (
  workspace_id text not null primary key,
  target text not null,
  -- JSON: labels of inputs; null: all.
  inputs text,
  roll_bytes bigint not null,
  roll_seconds bigint not null,
  created_at bigint not null,
  updated_at bigint not null
);
