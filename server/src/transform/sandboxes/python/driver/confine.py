"""Takes away the ways from Python to JavaScript. Hygiene, no boundary: that is the jail's."""

from .own import builtins as __builtins__

import asyncio
import sys
import zipimport

_bridges = ('js', 'pyodide', 'pyodide_js', '_pyodide', '_pyodide_core', 'micropip')


def confine():
    for name in list(sys.modules):
        if name.partition('.')[0] in _bridges:
            del sys.modules[name]
    sys.meta_path[:] = [_NoBridges, *(finder for finder in sys.meta_path if _is_own(finder))]
    for files in zipimport._zip_directory_cache.values():
        for path in [path for path in files if path.partition('/')[0] in _bridges]:
            del files[path]
    asyncio.events._event_loop_policy = None
    asyncio.events._set_running_loop(None)


def _is_own(finder):
    return getattr(finder, '__module__', '').startswith(('_frozen_importlib', 'importlib'))


class _NoBridges:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name.partition('.')[0] in _bridges:
            raise ModuleNotFoundError(f'No module named {name!r}', name=name)
        return None
