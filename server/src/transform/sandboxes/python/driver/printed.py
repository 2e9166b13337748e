"""What users' code prints, kept up to a limit."""

from .own import builtins as __builtins__

import io
import sys


class _Kept(io.BufferedIOBase):
    def __init__(self, bytes_max):
        self.bytes_max = bytes_max
        self.clear()

    def clear(self):
        self.bytes = bytearray()
        self.left_out = 0

    def writable(self):
        return True

    def write(self, data):
        length = len(data)
        room = self.bytes_max - len(self.bytes)
        if length > room:
            self.left_out += length - room
            data = data[:room]
        self.bytes += data
        return length


_kept = _Kept(0)


def capture(bytes_max):
    """From now on `sys.stdout` and `sys.stderr` are kept."""
    _kept.bytes_max = bytes_max
    text = io.TextIOWrapper(_kept, 'utf-8', 'backslashreplace', newline='\n', write_through=True)
    sys.stdout = sys.stderr = sys.__stdout__ = sys.__stderr__ = text


def take():
    """What was printed since it was last taken, within the limit; where that was too little, it says so."""
    kept, left_out = _kept.bytes, _kept.left_out
    _kept.clear()
    if not left_out:
        return kept.decode('utf-8', 'replace')
    # Room for the note itself, whatever number it tells.
    note = f'\n… {left_out} bytes more were printed'
    room = max(0, _kept.bytes_max - len(note.encode()))
    return (kept[:room].decode('utf-8', 'ignore') + note) if room else ''
