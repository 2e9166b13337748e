"""What an event is besides its data: `_metadata`, as users' code sees it."""

from .own import builtins as __builtins__

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def iso_of(time):
    """Milliseconds since 1970 UTC as ISO 8601."""
    try:
        return (_EPOCH + timedelta(milliseconds=time)).isoformat(timespec='milliseconds').replace('+00:00', 'Z')
    except OverflowError:  # beyond the years of Python
        return str(time)


def time_of(value):
    """What users' code set as time, in milliseconds since 1970 UTC: ISO 8601 (UTC where it names no zone), a datetime, a number.

    Raises ValueError, TypeError or OverflowError.
    """
    if type(value) in (int, float):
        return int(value)
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def _one_by_one(events):
    """Each event by itself; of those that are told at once the ids count up, as 8 hexadecimal digits."""
    alone = []
    for event in events:
        if isinstance(event[0], str):
            alone.append(event)
        else:
            count, text, first, origin, event_type, received_at, time = event
            rest = (origin, event_type, received_at, time, 0, 0)
            alone += [(f'{text}{number & 0xFFFFFFFF:08x}', *rest) for number in range(first, first + count)]
    return alone


class Origins:
    """What a request to run says of its events."""

    def __init__(self, request):
        self._inputs = [
            {'input_id': origin['id'], 'input_label': origin['label'], 'input_type': origin['type']}
            for origin in request['inputs']
        ]
        self._types = request['types']
        self._events = _one_by_one(request['events'])
        self._shared = {}

    def __len__(self):
        return len(self._events)

    def metadata(self, index):
        """Of one event; and what of it is shared by events, to which its type and time are compared later."""
        uuid, origin, event_type, received_at, _, restream_count, parent = self._events[index]
        key = origin, event_type, received_at, restream_count
        shared = self._shared.get(key)
        if shared is None:
            shared = self._shared[key] = {
                '@timestamp': iso_of(received_at),
                'event_type': self._types[event_type],
                **self._inputs[origin],
                'restream_count': restream_count,
            }
        metadata = {'@uuid': uuid, **shared}
        if parent:
            metadata['@parent_uuid'] = parent
        return metadata, shared
