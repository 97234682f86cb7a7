"""The inside of a worker process: read a function, then arguments for it, and answer, until nothing comes any more."""

from __future__ import annotations

import _thread
import os
import pickle
import queue
import signal
import sys
import threading
import time
import warnings
from contextlib import suppress
from typing import IO, Any, NoReturn

from ..errors import DecrappifyError
from . import pipe

PATIENCE = 5.0
"""Seconds for a worker that is left alone to end what it is at and to clean up after itself."""


def serve() -> None:
    """Work until the process that started this one closes the pipe, or is gone."""
    requests, answers = _pipes_of_my_own()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a parent may have handed down that it is ignored
    inbox: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    outbox: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    with suppress(KeyboardInterrupt):
        threading.Thread(target=_listen, args=(requests, inbox), daemon=True).start()
        threading.Thread(target=_tell, args=(answers, outbox), daemon=True).start()
        _work(inbox, outbox)


def _work(inbox: queue.SimpleQueue[bytes], outbox: queue.SimpleQueue[bytes]) -> NoReturn:
    function = _next(inbox)
    while True:
        arguments = _next(inbox)
        with warnings.catch_warnings(record=True) as caught:
            try:
                answer = function(*arguments)
            except DecrappifyError as error:
                answer = error
        said = [(str(one.message), one.category, one.filename, one.lineno) for one in caught]
        outbox.put(pickle.dumps((answer, said), pickle.HIGHEST_PROTOCOL))
        del answer, arguments  # large ones aren't kept until the next are there


def _next(inbox: queue.SimpleQueue[bytes]) -> Any:
    while not (message := inbox.get()):
        continue  # the end, of which `_listen` makes an interrupt
    return pickle.loads(message)


def _listen(requests: IO[bytes], inbox: queue.SimpleQueue[bytes]) -> None:
    """Hand on what comes; when nothing comes any more, interrupt the work, which then removes what is half done."""
    with suppress(EOFError, OSError):
        while True:
            inbox.put(pipe.read(requests))
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # libraries make errors of their own of an interrupt while they load
    _interrupt()
    inbox.put(b"")  # wakes the main thread, should it wait here
    time.sleep(PATIENCE)
    os._exit(1)


def _interrupt() -> None:
    """Raise `KeyboardInterrupt` in the main thread; a real signal also ends its sleep or its wait for a disk."""
    if sys.platform == "win32":
        _thread.interrupt_main()
    else:
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)


def _tell(answers: IO[bytes], outbox: queue.SimpleQueue[bytes]) -> None:
    """Send what is ready, while the next is made."""
    with suppress(OSError):  # nobody is there to read it: `_listen` ends the process
        while True:
            pipe.write(answers, outbox.get())


def _pipes_of_my_own() -> tuple[IO[bytes], IO[bytes]]:
    """Return standard input and output for our messages alone; what others read is empty, what they print is an error.

    They have no buffer: its lock would keep the interpreter from ending while a thread waits.
    """
    nothing = os.open(os.devnull, os.O_RDWR)
    requests, answers = (os.fdopen(os.dup(number), mode, buffering=0) for number, mode in ((0, "rb"), (1, "wb")))
    os.dup2(nothing, 0)
    os.dup2(nothing if sys.stderr is None else sys.stderr.fileno(), 1)
    return requests, answers
