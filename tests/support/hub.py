"""A small hub: as much of ModelScope's HTTP interface as its own client needs to download a model.

Paths and fields are those of ``modelscope_hub._legacy_api`` (``list_repo_files``, ``download_stream``) of the
pinned version.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

BLOCK = 1 << 20


@dataclass
class Hub:
    """What the server serves and has seen. ``models``: folders by ``id`` and revision."""

    models: dict[tuple[str, str], Path]
    endpoint: str = ""
    asked: list[str] = field(default_factory=list)
    agents: set[str] = field(default_factory=set)
    status: int = 200
    """Of every answer; else than 200 with an error's body."""
    stall_after: int | None = None
    """Bytes of a file after which nothing comes any more."""
    stalled: threading.Event = field(default_factory=threading.Event)
    shown_sha256: str = ""
    """Told instead of the files' own."""
    closing: threading.Event = field(default_factory=threading.Event)

    @property
    def environment(self) -> dict[str, str]:
        """What points the client here and makes it give up at once."""
        return {
            "MODELSCOPE_ENDPOINT": self.endpoint,
            "MODELSCOPE_REPO_TREE_PAGE_MAX_ATTEMPTS": "1",
            "MODELSCOPE_DOWNLOAD_MAX_RETRIES": "0",
            "NO_PROXY": "127.0.0.1",
        }

    def files(self, key: tuple[str, str]) -> list[dict[str, Any]]:
        """The listing of a model's files."""
        return [
            {
                "Name": path.name,
                "Path": path.name,
                "Type": "blob",
                "Size": path.stat().st_size,
                "Sha256": self.shown_sha256 or hashlib.sha256(path.read_bytes()).hexdigest(),
            }
            for path in sorted(self.models[key].iterdir())
        ]


@contextmanager
def serving(models: dict[tuple[str, str], Path]) -> Iterator[Hub]:
    """A hub at a free port, until the end of the block."""
    hub = Hub(models)

    class Handler(_Handler):
        pass

    Handler.hub = hub
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        hub.endpoint = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield hub
        finally:
            hub.closing.set()
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    hub: Hub

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        self.hub.asked.append(unquote(self.path))
        self.hub.agents.add(self.headers.get("User-Agent", ""))
        if self.hub.status != 200:
            self._answer(self.hub.status, {"Code": self.hub.status, "Message": "as the test wants it"})
            return
        *_, owner, name, last = parts.path.removesuffix("/files").split("/")
        folder = self.hub.models.get((f"{owner}/{name}", query.get("Revision", "")))
        if last != "repo" or folder is None:
            self._answer(404, {"Code": 10010205001, "Message": "no such model or revision"})
        elif parts.path.endswith("/files"):
            key = (f"{owner}/{name}", query["Revision"])
            self._answer(200, {"Code": 200, "Data": {"Files": self.hub.files(key)}, "Success": True})
        else:
            self._send(folder / query["FilePath"])

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _send(self, path: Path) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(path.stat().st_size))
        self.end_headers()
        sent = 0
        try:
            with open(path, "rb") as file:
                while block := file.read(BLOCK):
                    if self.hub.stall_after is not None and sent >= self.hub.stall_after:
                        self.hub.stalled.set()
                        self.hub.closing.wait(60)
                        return
                    self.wfile.write(block)
                    sent += len(block)
        except (BrokenPipeError, ConnectionResetError):  # the client has gone
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the test looks at what the hub has seen."""
