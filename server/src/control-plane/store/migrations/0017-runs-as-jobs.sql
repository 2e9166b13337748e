-- Runs of scheduled queries are listed among the jobs of a workspace, also by their state.
create index scheduled_query_runs_by_workspace_and_state on scheduled_query_runs (workspace_id, state, id);
