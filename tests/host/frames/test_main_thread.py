"""Functions on their way to the main thread, and back."""

from __future__ import annotations

import threading
import time

import pytest

from m2fp_host.errors import BadRequest, Cancelled, Timeout
from m2fp_host.frames.main_thread import MainThread


def in_thread(function: object) -> threading.Thread:
    thread = threading.Thread(target=function, daemon=True)  # type: ignore[arg-type]
    thread.start()
    return thread


def test_a_call_runs_in_the_thread_that_serves() -> None:
    main, seen = MainThread(), list[threading.Thread]()
    thread = in_thread(lambda: seen.append(main.call(threading.current_thread)))
    main.serve(lambda: not thread.is_alive(), lambda: None)
    assert seen == [threading.current_thread()]


def test_what_it_raises_is_raised_where_it_was_called() -> None:
    main, got = MainThread(), list[BaseException]()

    def broken() -> None:
        raise BadRequest("no such node")

    def call() -> None:
        try:
            main.call(broken)
        except BadRequest as error:
            got.append(error)

    thread = in_thread(call)
    main.serve(lambda: not thread.is_alive(), lambda: None)
    assert str(got[0]) == "no such node"


def test_a_call_that_nobody_serves_is_given_up_and_never_runs() -> None:
    main, ran = MainThread(), list[int]()
    with pytest.raises(Cancelled):
        main.call(lambda: ran.append(1), stopped=lambda: True)
    with pytest.raises(Timeout, match="the host did not come to it"):
        main.call(lambda: ran.append(2), timeout=0.01)
    main.serve_for(0.0)
    assert ran == []


def test_the_hosts_event_loop_may_do_it() -> None:
    posted = list[object]()

    def post(call: object) -> None:
        posted.append(call)
        call()  # type: ignore[operator]

    assert MainThread(post).call(lambda: 7) == 7
    assert len(posted) == 1


def test_serving_for_a_while_takes_what_waits_and_no_longer() -> None:
    main, ran = MainThread(), list[int]()
    threads = [in_thread(lambda n=n: main.call(lambda: ran.append(n))) for n in range(5)]
    end = time.monotonic() + 30
    while len(ran) < 5 and time.monotonic() < end:
        main.serve_for(0.01)
    for thread in threads:
        thread.join(10)
    assert sorted(ran) == [0, 1, 2, 3, 4]


def test_a_wake_ends_the_wait() -> None:
    main = MainThread()
    main.wake()
    looks = iter([False, True])
    main.serve(lambda: next(looks), lambda: None)
