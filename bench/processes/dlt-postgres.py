"""A table of PostgreSQL into DuckDB by dlt: prints the rows, the seconds, and the CPU seconds of it and its children, as JSON."""
import json
import os
import resource
import sys
import time

url, folder, backend = sys.argv[1:4]
os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"

import dlt  # noqa: E402
from dlt.sources.sql_database import sql_table  # noqa: E402


def cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


path = os.path.join(folder, "dlt.duckdb")
began, cpu_began = time.monotonic(), cpu()
pipeline = dlt.pipeline(
    "bench", pipelines_dir=folder, destination=dlt.destinations.duckdb(path), dataset_name="bench"
)
pipeline.run(sql_table(url, table="event", backend=backend))
seconds, cpu_seconds = time.monotonic() - began, cpu() - cpu_began
with pipeline.sql_client() as client:
    rows = client.execute_sql("SELECT count(*) FROM event")[0][0]
print(json.dumps({"rows": rows, "seconds": seconds, "cpuSeconds": cpu_seconds}))
