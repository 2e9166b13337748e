"""Why an event did not get through, and where in the users' code."""

from .own import builtins as __builtins__

from itertools import islice

from .outputs import InvalidOutput

_message_length_max = 1_000


def fault_of(error, files):
    """A TransformFault; `files` has the module of each file name of the users' code."""
    if isinstance(error, InvalidOutput):
        return {'code': 'transform_output', 'message': str(error)}
    code = 'transform_memory' if isinstance(error, MemoryError) else 'transform_error'
    return {'code': code, 'message': message_of(error)} | place_of(error, files)


def message_of(error):
    """As Python's own last line of a traceback: `KeyError: 'x'`."""
    name = type(error).__name__
    try:
        text = str(error)
    except BaseException:  # users' own
        text = ''
    return f'{name}: {text}'[:_message_length_max] if text else name


def place_of(error, files):
    """Module, line and column of the innermost frame of the users' code, or nothing."""
    place = {}
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        module = files.get(code.co_filename)
        if module is not None:
            place = {'module': module, 'line': trace.tb_lineno, 'at': (code, trace.tb_lasti)}
        trace = trace.tb_next
    if place:
        code, instruction = place.pop('at')
        column = next(islice(code.co_positions(), instruction // 2, None), (None,) * 4)[2]
        if column is not None:
            place['column'] = column + 1
    return place
