"""What the fake's main thread does for others, and what it does not let them do."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from .fake_nuke import api as nuke
from .fake_nuke import application
from .fake_nuke.application import Application
from .fake_nuke.artist import Artist


def in_a_thread(artist: Artist, work: Callable[[], Any]) -> Any:
    """What ``work()`` gives in a thread while the event loop runs; what it raises is raised here."""
    outcome: list[Any] = []
    raised: list[Exception] = []

    def run() -> None:
        try:
            outcome.append(work())
        except (RuntimeError, ValueError, TypeError) as fault:
            raised.append(fault)

    thread = threading.Thread(target=run, name="plug-in", daemon=True)
    thread.start()
    artist.wait_until(lambda: not thread.is_alive(), 20)
    if raised:
        raise raised[0]
    return outcome[0]


def test_a_thread_has_work_done_in_the_main_thread(artist: Artist) -> None:
    def work() -> Any:
        return nuke.executeInMainThreadWithResult(lambda *args: (threading.current_thread(), args), (1, 2))

    assert in_a_thread(artist, work) == (threading.main_thread(), (1, 2))
    assert not artist.violations


def test_without_result_nobody_waits(artist: Artist) -> None:
    seen: list[int] = []
    done = threading.Event()

    def work() -> None:
        nuke.executeInMainThread(seen.append, 7)
        done.set()

    threading.Thread(target=work, daemon=True).start()
    assert done.wait(10)
    assert not seen
    artist.wait_until(lambda: seen == [7])


def test_with_result_swallows_exceptions(artist: Artist) -> None:
    """The caller gets None; only the terminal, and a test, hear of it."""
    assert in_a_thread(artist, lambda: nuke.executeInMainThreadWithResult(int, "x")) is None
    assert len(artist.faults) == 1
    assert "ValueError" in artist.faults[0]


def test_an_exception_does_not_stop_the_event_loop(
    artist: Artist, capsys: pytest.CaptureFixture[str]
) -> None:
    in_a_thread(artist, lambda: nuke.executeInMainThread(int, "x"))
    assert in_a_thread(artist, lambda: nuke.executeInMainThreadWithResult(int, "5")) == 5
    assert "invalid literal" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["executeInMainThread", "executeInMainThreadWithResult"])
def test_the_main_thread_must_not_call_itself(running: Application, name: str) -> None:
    with pytest.raises(RuntimeError, match="from the main thread"):
        getattr(nuke, name)(int)


@pytest.mark.parametrize("name", ["executeInMainThread", "executeInMainThreadWithResult"])
def test_there_is_no_queue_without_a_gui(name: str) -> None:
    with application.running() as without_gui:
        with pytest.raises(RuntimeError, match="Invalid function call in non-gui mode"):
            getattr(nuke, name)(int)
        with pytest.raises(RuntimeError, match="Invalid function call in non-gui mode"):
            in_a_thread(Artist(without_gui), lambda: getattr(nuke, name)(int))


def test_quitting_lets_waiting_threads_go(running: Application) -> None:
    told: list[str] = []
    waiting = threading.Event()

    def work() -> None:
        waiting.set()
        try:
            nuke.executeInMainThreadWithResult(int)
        except RuntimeError as fault:
            told.append(str(fault))

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    assert waiting.wait(10)
    running.main_thread.close()
    thread.join(10)
    assert told == ["Nuke is quitting"]


@pytest.mark.parametrize(
    "work",
    [
        lambda: nuke.allNodes(),
        lambda: nuke.toNode("root"),
        lambda: nuke.root(),
        lambda: nuke.frame(),
        lambda: nuke.nodes.NoOp(),
        lambda: nuke.scriptClear(),
        lambda: nuke.addOnCreate(print),
    ],
)
def test_nodes_are_for_the_main_thread_alone(artist: Artist, work: Callable[[], Any]) -> None:
    in_a_thread(artist, work)
    assert artist.violations
    assert all("in thread plug-in" in text for text in artist.violations)


def test_a_nodes_knob_is_for_the_main_thread_alone(artist: Artist) -> None:
    node = nuke.createNode("NoOp")
    assert not artist.violations
    in_a_thread(artist, lambda: node["label"].value())
    assert artist.violations


def test_what_threads_may_use(artist: Artist, capsys: pytest.CaptureFixture[str]) -> None:
    def work() -> None:
        assert nuke.GUI
        assert nuke.env["gui"]
        assert nuke.rawArgs
        nuke.tprint("from a thread")
        task = nuke.ProgressTask("M2FP")
        task.setMessage("frame 1001")
        task.setProgress(50)
        assert not task.isCancelled()

    in_a_thread(artist, work)
    assert not artist.violations
    assert capsys.readouterr().out == "from a thread\n"


def test_cancel_reaches_a_progress_task(artist: Artist) -> None:
    task = nuke.ProgressTask("M2FP")
    task.setMessage("frame 1001")
    task.setProgress(30)
    assert artist.progress == [("M2FP", "frame 1001", 30)]
    assert artist.cancel_progress() == 1
    assert task.isCancelled()
    del task
    assert artist.progress == []
    assert artist.cancel_progress() == 0
    assert [shown.percent for shown in artist.progress_history] == [0, 0, 30]


@pytest.mark.parametrize(("percent", "error"), [(101, ValueError), (-1, ValueError), (50.0, TypeError)])
def test_progress_is_a_whole_number_of_per_cent(
    running: Application, percent: Any, error: type[Exception]
) -> None:
    with pytest.raises(error):
        nuke.ProgressTask("M2FP").setProgress(percent)


def test_waiting_has_an_end(artist: Artist) -> None:
    with pytest.raises(TimeoutError, match=r"waited 0\.05 s"):
        artist.wait_until(lambda: False, 0.05)
