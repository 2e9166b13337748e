"""
Calls alooma.py's Client, as it is: a call a line on standard input, {"call": name, "args": [...], "with": {...}}, an answer a line
on standard output, {"result": ..., "args": [...]} or {"error": text}. "new" makes the client that the calls after it go to.
"""
import json
import sys
import warnings

import alooma
import requests

warnings.simplefilter('ignore')
client = None


def plain(value):
    if isinstance(value, requests.Response):
        return {'status': value.status_code, 'text': value.text}
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, (str, int, float, bool)) or value is None:
        return value
    return [plain(inner) for inner in value]


for line in sys.stdin:
    asked = json.loads(line)
    args, named = asked.get('args', []), asked.get('with', {})
    try:
        if asked['call'] == 'new':
            client = alooma.Client(*args, **named)
            result = client.account_name
        else:
            result = getattr(client, asked['call'])(*args, **named)
        answer = {'result': plain(result), 'args': args}
    except Exception as error:
        answer = {'error': '%s: %s' % (type(error).__name__, error)}
    print(json.dumps(answer), flush=True)
