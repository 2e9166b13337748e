"""Takes away the ways from Python to JavaScript, and what tells of the machine. Hygiene, no boundary: that is the jail's."""

from .own import builtins as __builtins__

import asyncio
import gc
import os
import sys
import time
import zipimport

from .loop import Policy

_bridges = ('js', 'pyodide', 'pyodide_js', '_pyodide', '_pyodide_core', 'micropip')


def confine():
    sys.modules['_pyodide._importhook'].jsfinder.jsproxies.clear()
    asyncio.run = asyncio.runners.run
    time.sleep = sys.modules['pyodide.webloop']._orig_sleep
    for name in list(sys.modules):
        if name.partition('.')[0] in _bridges:
            del sys.modules[name]
    sys.meta_path[:] = [_NoBridges, *(finder for finder in sys.meta_path if _is_own(finder))]
    for files in zipimport._zip_directory_cache.values():
        for path in [path for path in files if path.partition('/')[0] in _bridges]:
            del files[path]
    asyncio.events._event_loop_policy = Policy()
    asyncio.events._set_running_loop(None)
    os.environ.clear()
    os.environ |= {'HOME': '/', 'LANG': 'C.UTF-8', 'TZ': 'UTC'}
    os.chdir('/')
    gc.collect()
    gc.freeze()


def _is_own(finder):
    return getattr(finder, '__module__', '').startswith(('_frozen_importlib', 'importlib'))


class _NoBridges:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name.partition('.')[0] in _bridges:
            raise ModuleNotFoundError(f'No module named {name!r}', name=name)
        return None
