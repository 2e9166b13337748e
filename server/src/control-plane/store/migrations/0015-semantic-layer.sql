-- What columns mean, and what is derived from them: `semantic/model.ts`.
create table semantic_columns (
  workspace_id text not null,
  table_name text not null,
  column_name text not null,
  -- Null where it is inferred.
  role text,
  display_name text,
  aggregation text,
  primary key (workspace_id, table_name, column_name),
  foreign key (workspace_id) references workspaces (id)
);

create table semantic_objects (
  workspace_id text not null,
  -- Rising with time.
  id text not null,
  -- pattern, harmonised-dimension, calculated-measurement
  kind text not null,
  name text not null,
  -- Counts its changes, from 1.
  version bigint not null,
  -- JSON: what it is besides its name.
  definition text not null,
  created_at bigint not null,
  updated_at bigint not null,
  primary key (workspace_id, id),
  foreign key (workspace_id) references workspaces (id)
);
create index semantic_objects_by_kind on semantic_objects (workspace_id, kind, id);
