"""
Works pyDatorama's objects, as they are: a line on standard input, {"path": [...], "call": name, "args": [...], "with": {...}}, an
answer a line on standard output, {"result": ..., "errors": [...]} or {"error": text}. A path goes from the client through attributes
and keys ("streams", 5); without a call the answer is what is there. "new" makes the client.

Only two things are other than at home: where the client goes, by a subclass of its connection, and how long its bulk functions sleep.
"""
import json
import sys
import time

import Datorama
import Datorama.classes.connection
import Datorama.classes.datorama
import pandas

answers, sys.stdout = sys.stdout, sys.stderr
client = None
url = sys.argv[1]
slept = []


class Connect(Datorama.Connect):
    def __init__(self, *args, **named):
        super().__init__(*args, **named)
        self.api_url = url


def short_sleep(seconds):
    slept.append(seconds)
    time.sleep(min(seconds, 0.5))


Datorama.classes.datorama.Connect = Connect
Datorama.classes.datorama.sleep = short_sleep
Datorama.classes.connection.sleep = short_sleep


class Client(Datorama.datorama):
    """With what a pandas of today has in place of DatetimeIndex(start, end), which 1.0 took away (DATORAMA-Q9)."""

    def date_partition_check(self, stream, start, end, d_range):
        days = [str(day.date()) for day in pandas.date_range(start=start, end=end, freq='D')]
        parts = [days[at:at + d_range] for at in range(0, len(days), d_range)]
        return [(stream, part[0], part[-1]) for part in parts]


def plain(value):
    if isinstance(value, pandas.DataFrame):
        return json.loads(value.to_json(orient='records', date_format='iso'))
    if hasattr(value, 'status_code'):
        return {'status': value.status_code, 'json': value.json()}
    if isinstance(value, dict):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, (str, int, float, bool)) or value is None:
        return value
    if isinstance(value, (list, tuple, set)):
        return [plain(inner) for inner in value]
    if isinstance(value, (Datorama.Workspace, Datorama.Stream, Datorama.Job)):
        hidden = ('connection', 'logs', 'jobs', 'streams')
        return {key: plain(inner) for key, inner in vars(value).items() if key not in hidden and not callable(inner)}
    return str(value)


def walk(target, path):
    for step in path:
        target = target[step] if isinstance(target, dict) else getattr(target, step)
    return target


for line in sys.stdin:
    asked = json.loads(line)
    args, named = asked.get('args', []), asked.get('with', {})
    before = len(client.logs['error_log']) if client else 0
    slept.clear()
    try:
        if asked.get('call') == 'new':
            client = (Client if asked.get('today') else Datorama.datorama)(*args, **named)
            before, result = 0, None
        elif asked.get('call') == 'job':
            stream = walk(client, asked['path'])
            result = plain(Datorama.Job(stream, job_id=args[0]))
        elif asked.get('call') == 'workspace':
            result = plain(Datorama.Workspace(client, workspace_id=args[0]))
        elif asked.get('call') == 'stream':
            result = plain(Datorama.Stream(walk(client, asked['path']), stream_id=args[0]))
        elif asked.get('call') == 'set':
            setattr(walk(client, asked['path']), *args)
            result = None
        else:
            target = walk(client, asked.get('path', []))
            result = plain(getattr(target, asked['call'])(*args, **named) if 'call' in asked else target)
        errors = [client.logs['error_log'][at + 1]['error_raised'] for at in range(before, len(client.logs['error_log']))]
        answer = {'result': result, 'errors': errors, 'slept': slept}
    except Exception as error:
        answer = {'error': '%s: %s' % (type(error).__name__, error)}
    print(json.dumps(answer), file=answers, flush=True)
