"""The buttons that talk to the daemon itself: Test Connection and Start Daemon."""

from __future__ import annotations

import threading
from typing import Any

import bpy

from m2fp_host.endpoint import default_endpoint
from m2fp_host.errors import M2FPError

from .on_group import Waiting, group_of


class _Question(Waiting):
    """What the daemon at the group's endpoint says, once it does."""

    meanwhile = ""
    _tree: Any
    _endpoint: str
    _answers: list[tuple[str, bool]]
    _given_up = False

    @staticmethod
    def ask(endpoint: str) -> str:
        """A sentence. In a thread.

        :raises M2FPError: there is no good answer.
        """
        raise NotImplementedError

    def begin(self, context: bpy.types.Context) -> None:
        self._endpoint = group_of(context).m2fp.endpoint.strip() or default_endpoint()

    def block(self, context: bpy.types.Context) -> set[str]:
        return self.said(group_of(context), self.ask(self._endpoint), good=True)

    def start(self) -> None:
        self._answers = []  # the thread holds no operator: Blender frees it with the file or the extension
        work = threading.Thread(
            target=_work, args=(self.ask, self._endpoint, self._answers), name="m2fp daemon", daemon=True
        )
        work.start()

    def look(self, context: bpy.types.Context) -> set[str] | None:
        tree = group_of(context)
        if self._given_up:
            return self.said(tree, "no longer waiting for an answer", good=False)
        if self._answers:
            return self.said(tree, *self._answers[0])
        if tree is not None and tree.m2fp.status != self.meanwhile:
            tree.m2fp.status = self.meanwhile
            for area in context.screen.areas:
                area.tag_redraw()
        return None

    def give_up(self) -> None:
        self._given_up = True


def _work(ask: Any, endpoint: str, answers: list[tuple[str, bool]]) -> None:
    try:
        answers.append((ask(endpoint), True))
    except M2FPError as error:
        answers.append((str(error), False))
    except Exception as fault:  # noqa: BLE001 (or the thread would end, and the artist wait for ever)
        answers.append((f"{type(fault).__name__}: {fault}", False))


class TestConnection(_Question):
    """Ask the daemon how it is"""

    bl_idname = "m2fp.test_connection"
    bl_label = "Test Connection"
    meanwhile = "connecting ..."

    @staticmethod
    def ask(endpoint: str) -> str:
        from m2fp_host.describing import describe

        return "; ".join(describe(endpoint).splitlines())


class StartDaemon(_Question):
    """Start the daemon of M2FP Bridge on this machine"""

    bl_idname = "m2fp.start_daemon"
    bl_label = "Start Daemon"
    meanwhile = "starting the daemon ..."

    @staticmethod
    def ask(endpoint: str) -> str:
        from m2fp_host.starting import start_daemon

        return start_daemon(endpoint)
