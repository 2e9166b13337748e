"""Built-in functions as they were before users' code could replace any.

A module that begins with `from .own import builtins as __builtins__` finds them here: CPython binds each function to what its module
calls `__builtins__` when it is defined.
"""

builtins = dict(__builtins__)
