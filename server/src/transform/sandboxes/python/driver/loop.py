"""An event loop without a network: coroutines that wait for one another and for time. One that waits for anything else waits for ever."""

from .own import builtins as __builtins__

import asyncio
import time


class Loop(asyncio.BaseEventLoop):
    def __init__(self):
        super().__init__()
        self._selector = self

    # What the loop asks of a selector, and of itself about what was selected.

    def select(self, timeout=None):
        time.sleep(60 if timeout is None else timeout)
        return ()

    def _process_events(self, events):
        pass

    def _write_to_self(self):
        pass


class Policy(asyncio.events._BaseDefaultEventLoopPolicy):
    _loop_factory = Loop
