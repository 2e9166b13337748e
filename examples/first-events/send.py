"""Sends two events and prints what became of them: python3 examples/first-events/send.py"""
import http.client, json, os, random, time, urllib.error, urllib.parse, urllib.request, uuid

URL = os.environ.get('MILLRACE_URL', 'http://127.0.0.1:4700')
KEY = os.environ.get('MILLRACE_KEY', '')


def send(event_type, events):
    body = json.dumps(events, allow_nan=False).encode()
    headers = {'Authorization': f'Bearer {KEY}', 'Content-Type': 'application/json', 'Idempotency-Key': str(uuid.uuid4())}
    request = urllib.request.Request(f'{URL}/api/v1/events/{urllib.parse.quote(event_type, safe="")}', body, headers)
    for attempt in range(1, 9):
        seconds = random.uniform(0, min(30, 2**attempt))
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as refusal:
            if attempt == 8 or refusal.code not in (408, 429, 503):
                raise RuntimeError(refusal.read().decode()) from None
            seconds = float(refusal.headers.get('Retry-After') or seconds)
        except (OSError, http.client.HTTPException):  # no answer: the events may be stored all the same
            if attempt == 8:
                raise
        time.sleep(seconds)


purchases = [
    {'user': {'name': 'Ada', 'since': '2026-01-31'}, 'items': ['tea', 'milk'], 'total': 7.5},
    {'user': {'name': 'Bo', 'since': '2025-11-02'}, 'items': ['rye'], 'total': 4},
]
print(json.dumps(send('purchase', purchases)))
