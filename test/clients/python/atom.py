"""Drives ironSource's AtomApi: atom.py URL AUTH_KEY. Prints a line for each call: its name, and the status or the exception."""
import base64
import json
import sys

if not hasattr(base64, 'encodestring'):  # gone since Python 3.9, and the client still asks for it
    base64.encodestring = base64.encodebytes

from ironSourceAtom.api import AtomApi  # noqa: E402

url, auth_key = sys.argv[1:]


def tell(name, call):
    try:
        answer = call()
        print(name, answer.status_code, answer.text)
    except Exception as error:
        print(name, type(error).__name__)


signed = AtomApi(url=url, auth=auth_key)
tell('dict', lambda: signed.put_event('py_atom', {'n': 1, 'text': 'Grüße 😀', 'nan': float('nan')}))
tell('text', lambda: signed.put_event('py_atom', json.dumps({'n': 2})))
tell('dotted', lambda: signed.put_event('cluster.public.py_atom', {'n': 3}))
tell('bulk', lambda: signed.put_events('py_atom', [{'n': 4}, {'n': 5}]))
tell('texts', lambda: signed.put_events('py_atom', [json.dumps({'n': 6}), json.dumps({'n': 7})]))
tell('again', lambda: signed.put_events('py_atom', [{'n': 4}, {'n': 5}]))
tell('wrong', lambda: AtomApi(url=url, auth='wrong').put_event('py_atom', {'n': 8}))
tell('unsigned', lambda: AtomApi(url=url).put_event('py_atom', {'n': 9}))
tell('open-get', lambda: AtomApi(url=url).put_event('py_open', {'n': 1, 'text': '~~~???>>>'}, 'GET'))
tell('open-post', lambda: AtomApi(url=url).put_event('py_open', {'n': 2}))
