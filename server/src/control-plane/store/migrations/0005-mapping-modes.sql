-- What becomes of fields that a mapping does not have, where it does not say so itself. No row: AUTO_MAP.
create table mapping_modes (
  workspace_id text not null primary key references workspaces (id),
  mode text not null
);
