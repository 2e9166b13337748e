"""Answers one frame after the other: loads the users' modules, then runs chunks of events through them.

The frames are those of guest-protocol.ts; whoever started the interpreter lends a device that reads the frame at hand and writes
answers through at once. Functions of the standard library are bound to names of this module, so that users' code which replaces one
there changes nothing here.
"""

from .own import builtins as __builtins__

import gc
import os
import random
import sys
from json.decoder import JSONDecoder
from struct import pack, unpack

from . import outputs, printed
from .events import Origins
from .faults import fault_of
from .outputs import encode_ascii, encode_output, unchanged
from .program import Program, Refused

_read, _write, _scan, _collect = os.read, os.write, JSONDecoder().scan_once, gc.collect

# A young collection walks what a chunk has just made: events are trees, so that it finds nothing, and seldom is better.
_objects_between_collections = 20_000

_device = -1
_program = None


def prepare():
    """Before the interpreter's state is kept: what all guests have in common."""
    gc.collect()
    gc.freeze()


def start(device_path):
    """Opens the device, and says that code may be loaded."""
    global _device
    random.seed()  # what was drawn before the interpreter's state was kept is the same in all guests
    sys.set_int_max_str_digits(0)  # integers stay exact; how long it takes is watched from outside
    gc.set_threshold(_objects_between_collections, 10, 10)
    _device = os.open(device_path, os.O_RDWR)
    _say({'kind': 'ready'})


def step():
    """Answers the frame at hand."""
    head, body = _frame()
    if head['kind'] == 'load':
        _say(_load(head))
    else:
        _say(*_run(head, body))


def _frame():
    head_length, body_length = unpack('<II', _read(_device, 8))
    head = _read(_device, head_length).decode()
    body = _read(_device, body_length) if body_length else b''
    return _scan(head, 0)[0], body


def _say(head, body=b''):
    text = encode_ascii(head).encode()
    _write(_device, b''.join((pack('<II', len(text), len(body)), text, body)))


def _load(request):
    global _program
    limits = request['limits']
    printed.capture(limits['printedBytesMax'])
    outputs.limit(limits['outputBytesMax'], limits['outputEventsMax'])
    try:
        _program = Program(request)
    except Refused as refused:
        return {'kind': 'refused', 'diagnostics': refused.diagnostics}
    return {'kind': 'loaded'}


def _run(request, body):
    origins = Origins(request)
    careful = request['careful']
    lines, events = _events(body, len(origins), careful)
    counts, heads, faults, made = [], [], [], []
    for index in range(len(origins)):
        if careful:
            _say({'kind': 'began', 'index': index})
        try:
            event = _scan(lines[index], 0)[0] if events is None else events[index]
            metadata, shared = origins.metadata(index)
            own_heads, own_lines = encode_output(_program.run(event, metadata), shared)
        except BaseException as error:  # SystemExit and KeyboardInterrupt, too: they end an event, not the guest
            counts.append(-1)
            faults.append({'index': index} | fault_of(error, _program.files))
            event = None
            if isinstance(error, MemoryError):
                del error
                _collect()
        else:
            counts.append(len(own_lines))
            heads += own_heads
            made += own_lines
    made.append(b'')
    if all(head is unchanged for head in heads):
        heads = len(heads)
    answer = {'kind': 'ran', 'counts': counts, 'outputs': heads, 'faults': faults, 'printed': printed.take()}
    return answer, b'\n'.join(made)


def _events(body, count, careful):
    """The lines; and the events, where all can be read at once, which shares the strings of their keys."""
    text = body.decode('utf-8', 'replace').rstrip('\n')
    if not careful:
        try:
            events = _scan('[' + text.replace('\n', ',') + ']', 0)[0]
            if len(events) == count:
                return None, events
        except BaseException:
            pass
    return text.split('\n'), None
