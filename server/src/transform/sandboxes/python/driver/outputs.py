"""What users' code returned, as lines of JSON: exact integers, no NaN, text outside of Unicode as escapes."""

from .own import builtins as __builtins__

from json import encoder

from .events import time_of

_join = ''.join

# Set once, before users' code runs.
_bytes_max = 0
_events_max = 0

unchanged = (0, 0)


class InvalidOutput(Exception):
    """The users' code returned what cannot be events."""


def limit(bytes_max, events_max):
    global _bytes_max, _events_max
    _bytes_max, _events_max = bytes_max, events_max


def _refuse(value):
    raise TypeError(f'{_named(value)} is no value of it')


# What is being written, so that what holds itself is found: deep recursion would end the process.
_markers = {}


def _encoder_of(encode_text):
    return encoder.c_make_encoder(_markers, _refuse, encode_text, None, ':', ',', False, False, False)


_encode_unicode = _encoder_of(encoder.c_encode_basestring)
_encode_ascii = _encoder_of(encoder.c_encode_basestring_ascii)


def _float_or_null(value):
    return float.__repr__(value) if value - value == 0 else 'null'


# In Python, for what holds NaN or infinity, and that is seldom.
def _encode_finite(value):
    encode_text = encoder.c_encode_basestring_ascii
    encode = encoder._make_iterencode({}, _refuse, encode_text, None, _float_or_null, ':', ',', False, False, False)
    return encode(value, 0)


def encode_ascii(value):
    return _join(_encode_ascii(value, 0))


def results_of(result, module):
    """What `transform` returned as a list of dicts."""
    if result is None:
        return ()
    if isinstance(result, dict):
        return (result,)
    if not isinstance(result, list):
        raise InvalidOutput(f'{module}.transform returned {_named(result)}; it returns a dict, a list of dicts or None')
    for place, item in enumerate(result):
        if not isinstance(item, dict):
            raise InvalidOutput(f'{module}.transform returned a list with {_named(item)} at index {place}, not a dict')
    return result


def _named(value):
    name = type(value).__name__
    return f'{"an" if name[0] in "aeiou" else "a"} {name}'


def encode_output(results, original):
    """Heads (event type and time, each 0 where `original` metadata has the same) and lines, one for each result."""
    if len(results) > _events_max:
        raise InvalidOutput(f'One event became {len(results)} events; {_events_max} may be')
    heads, lines, length = [], [], 0
    for result in results:
        if type(result) is not dict:
            result = dict(result)
        metadata = result.pop('_metadata', None)
        try:
            line = _line(result)
        finally:
            if metadata is not None:
                result['_metadata'] = metadata  # the code may hold it, or have returned it twice
        length += len(line)
        if length > _bytes_max:
            raise InvalidOutput(f'What was returned for one event has more than {_bytes_max} bytes as JSON')
        heads.append(_head(metadata, original))
        lines.append(line)
    return heads, lines


def _line(result):
    try:
        try:
            return _join(_encode_unicode(result, 0)).encode()
        except UnicodeEncodeError:
            return encode_ascii(result).encode()
        except ValueError:
            return _join(_encode_finite(result)).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidOutput(f'What was returned cannot be written as JSON: {error}') from None
    finally:
        _markers.clear()


def _head(metadata, original):
    if metadata is None:
        return unchanged
    if not isinstance(metadata, dict):
        raise InvalidOutput(f'_metadata is {_named(metadata)}, not a dict')
    event_type, time = original['event_type'], original['@timestamp']
    own_type, own_time = metadata.get('event_type'), metadata.get('@timestamp')
    if own_type is event_type and own_time is time:
        return unchanged
    if own_type is not None and not isinstance(own_type, str):
        raise InvalidOutput(f'_metadata.event_type is {_named(own_type)}, not text')
    changed_type = 0 if own_type is None or own_type == event_type else own_type
    changed_time = 0
    if own_time is not None and own_time != time:
        try:
            changed_time = time_of(own_time)
        except (ValueError, TypeError, OverflowError):
            raise InvalidOutput(f'_metadata["@timestamp"] is no time: {own_time!r:.100}') from None
    return changed_type, changed_time
