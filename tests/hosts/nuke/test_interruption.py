"""Being ended from outside while the main thread works for a run."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from m2fp_host.errors import Cancelled
from m2fp_host.frames.main_thread import MainThread

from .fake_nuke import application


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_main_thread_whatever_it_is_at(number: signal.Signals) -> None:
    with application.running():
        from m2fp_nuke.interruption import Interrupted, interruptible

        main, got = MainThread(), list[BaseException]()

        def run() -> None:
            try:
                main.call(lambda: os.kill(os.getpid(), number))
            except Cancelled as error:
                got.append(error)

        before = signal.getsignal(number)
        thread = threading.Thread(target=run)
        thread.start()
        with pytest.raises(Interrupted, match="ended by ") as end, interruptible():
            main.serve(lambda: False, lambda: None)
        thread.join(10)
        assert end.value.number == number
        assert isinstance(got[0], Cancelled)
        assert signal.getsignal(number) == before
