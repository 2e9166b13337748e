-- Runs of scheduled queries are jobs in the tables of metadata, too: those that there are count as changed now, as does each one that
-- comes, changes or goes.
insert into changes
select 'job', workspace_id, id, (select sequence from next_change) + row_number() over (order by workspace_id, id), 0
from scheduled_query_runs;

create trigger run_inserted after insert on scheduled_query_runs begin
  insert into changes select 'job', new.workspace_id, new.id, sequence, 0 from next_change where true
    on conflict (kind, workspace_id, id) do update set sequence = excluded.sequence, is_gone = excluded.is_gone;
end;
create trigger run_updated after update on scheduled_query_runs begin
  insert into changes select 'job', new.workspace_id, new.id, sequence, 0 from next_change where true
    on conflict (kind, workspace_id, id) do update set sequence = excluded.sequence, is_gone = excluded.is_gone;
end;
create trigger run_deleted after delete on scheduled_query_runs begin
  insert into changes select 'job', old.workspace_id, old.id, sequence, 1 from next_change where true
    on conflict (kind, workspace_id, id) do update set sequence = excluded.sequence, is_gone = excluded.is_gone;
end;
-- A run is shown as what its query is: a consolidation or not.
create trigger query_updated after update of work on scheduled_queries when old.work <> new.work begin
  insert into changes
    select 'job', workspace_id, id, (select sequence from next_change) + row_number() over (order by id), 0
    from scheduled_query_runs where workspace_id = new.workspace_id and query_id = new.id
    on conflict (kind, workspace_id, id) do update set sequence = excluded.sequence, is_gone = excluded.is_gone;
end;
