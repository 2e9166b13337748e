"""Native CPython at its plainest: one JSON object a line in, through the same transform, one a line out."""

import json
import sys

from python_transform import transform

output = sys.stdout
for line in sys.stdin.buffer:
    output.write(json.dumps(transform(json.loads(line))) + '\n')
