"""What every node and knob minds: being used after its end, or from another thread than Nuke's."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .session import Session

DETACHED = "A PythonObject is not attached to a node"


class Attached:
    """Guards every public attribute: ValueError once the node is deleted; a use from another thread than the
    one that made the session is noted in ``session.violations``.
    """

    def _guard_session(self) -> Session | None:
        """The session to report to; ``None`` for a knob that is on no node yet.

        :raises ValueError: the node was deleted.
        """
        raise NotImplementedError

    if not TYPE_CHECKING:

        def __getattribute__(self, name: str) -> Any:
            if not name.startswith("_"):
                session = object.__getattribute__(self, "_guard_session")()
                if session is not None and threading.get_ident() != session.thread:
                    where = threading.current_thread().name
                    session.violations.append(f"{type(self).__name__}.{name} used in thread {where}")
            return object.__getattribute__(self, name)
