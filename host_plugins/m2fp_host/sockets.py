"""How a socket of ours is set up, on either side.

ZeroMQ's own defaults would keep a host from quitting (``LINGER``), let a send to an absent daemon succeed
(``IMMEDIATE``), and hold gigabytes for a peer that does not read (``SNDHWM`` counts messages, not bytes).
"""

from __future__ import annotations

from typing import Any

import zmq

from .protocol import CHUNK_BYTES

_OPTIONS = (
    (zmq.LINGER, 0),
    (zmq.IMMEDIATE, 1),
    (zmq.SNDHWM, 16),
    (zmq.RCVHWM, 16),
    (zmq.MAXMSGSIZE, 2 * CHUNK_BYTES),
    (zmq.HANDSHAKE_IVL, 5000),
    (zmq.HEARTBEAT_IVL, 2000),
    (zmq.HEARTBEAT_TIMEOUT, 10000),
    (zmq.RECONNECT_IVL, 100),
    (zmq.RECONNECT_IVL_MAX, 5000),
)


def make_socket(context: zmq.Context[Any], kind: int, endpoint: str) -> zmq.Socket[Any]:
    """A socket of ``kind`` that is to be bound or connected to ``endpoint``."""
    socket: zmq.Socket[Any] = context.socket(kind)
    for option, value in _OPTIONS:
        socket.setsockopt(option, value)
    if "[" in endpoint:
        socket.setsockopt(zmq.IPV6, 1)
    return socket
