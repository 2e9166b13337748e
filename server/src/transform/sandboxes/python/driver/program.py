"""The users' modules: checked, made importable by one another, and called in their order."""

from .own import builtins as __builtins__

import builtins
import keyword
import sys
from importlib.machinery import ModuleSpec

from .faults import message_of, place_of
from .outputs import InvalidOutput, results_of

_coroutine, _generator, _async_generator = 0x80, 0x20, 0x200

# `run` would be taken for the function that runs it all; the others are of whatever runs Python here.
_reserved = {'run', 'js', 'micropip', 'pyodide', 'pyodide_js'}


class Refused(Exception):
    def __init__(self, diagnostics):
        self.diagnostics = diagnostics


class _Values:
    """`secrets` and `lookups`: nothing but `get`, and nothing of what they hold where they are printed."""

    __slots__ = ('get',)

    def __init__(self, get):
        self.get = get


class Program:
    def __init__(self, request):
        modules = {module['name']: module['code'] for module in request['modules']}
        self.files = {f'{name}.py': name for name in modules}
        self._codes = _compiled(modules)
        self._sources = modules
        _offer(request['secrets'], request['lookups'])
        sys.meta_path.insert(0, self)
        self._transforms = [(name, self._transform_of(name)) for name in request['order']]
        self._only = self._transforms[0][1] if len(self._transforms) == 1 else None

    def run(self, event, metadata):
        """The dicts that an event becomes, each with its `_metadata` where the code left it."""
        event['_metadata'] = metadata
        if self._only is not None:
            result = self._only(event)
            return (result,) if type(result) is dict else results_of(result, self._transforms[0][0])
        events = [event]
        for module, transform in self._transforms:
            made = []
            for each in events:
                each.setdefault('_metadata', metadata)
                made += results_of(transform(each), module)
            if len(made) > 1:  # what parts share, the next module would change in all of them
                made = [{**each, '_metadata': _copied(each.get('_metadata', metadata))} for each in made]
            events = made
        return events

    def _transform_of(self, name):
        try:
            module = __import__(name)
        except BaseException as error:
            raise Refused([{'module': name} | place_of(error, self.files) | {'message': message_of(error)}]) from None
        transform = getattr(module, 'transform', None)
        if not callable(transform):
            raise Refused([{'module': name, 'message': 'There is no function transform(event)'}])
        flags = getattr(getattr(transform, '__code__', None), 'co_flags', 0)
        if flags & (_coroutine | _generator | _async_generator):
            line = transform.__code__.co_firstlineno
            message = 'transform is a coroutine or a generator; it must be a plain function that returns'
            raise Refused([{'module': name, 'line': line, 'message': message}])
        return transform

    # What Python's import asks of a finder and a loader.

    def find_spec(self, name, path=None, target=None):
        if name not in self._codes:
            return None
        spec = ModuleSpec(name, self, origin=f'{name}.py')
        spec.has_location = True
        return spec

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        module.__dict__['__builtins__'] = builtins  # not this module's own
        exec(self._codes[module.__spec__.name], module.__dict__)

    def get_source(self, name):
        """Lines that a traceback shows."""
        return self._sources[name]


def _copied(metadata):
    return dict(metadata) if isinstance(metadata, dict) else metadata


def _compiled(modules):
    codes, diagnostics = {}, []
    for name, source in modules.items():
        if name in _reserved or name in sys.stdlib_module_names or name == __package__:
            diagnostics.append({'module': name, 'message': f'{name} is a name of Python itself; choose another'})
        elif not name.isidentifier() or keyword.iskeyword(name):
            diagnostics.append({'module': name, 'message': f'{name} cannot be imported by this name'})
        else:
            try:
                codes[name] = compile(source, f'{name}.py', 'exec', dont_inherit=True)
            except BaseException as error:
                diagnostics.append({'module': name} | _mistake(error))
    if diagnostics:
        raise Refused(diagnostics)
    return codes


def _mistake(error):
    if not isinstance(error, SyntaxError):
        return {'message': message_of(error)}
    mistake = {'message': f'{type(error).__name__}: {error.msg}'}
    if error.lineno:
        mistake['line'] = error.lineno
        if error.offset and error.offset > 0:
            mistake['column'] = error.offset
    return mistake


def _offer(secrets, lookups):
    def secret(name, default=None):
        return secrets.get(name, default)

    def lookup(table, key, default=None):
        rows = lookups.get(table)
        return default if rows is None else rows.get(key if isinstance(key, str) else str(key), default)

    builtins.secrets = _Values(secret)
    builtins.lookups = _Values(lookup)
