"""A plate on its way in: asked for chunk by chunk, written in order, hashed as it comes."""

from __future__ import annotations

import hashlib

from m2fp_host.errors import BadRequest
from m2fp_host.messages import Chunk, Go
from m2fp_host.protocol import CHUNK_BYTES, CREDIT


class Upload:
    """Receives a file of ``size`` bytes with hash ``sha256`` to ``path``."""

    def __init__(self, job_id: str, path: str, size: int, sha256: str) -> None:
        """:raises OSError: the file can't be made."""
        self._job_id = job_id
        self._size = size
        self._sha256 = sha256
        self._digest = hashlib.sha256()
        self._path = path
        with open(path, "wb"):
            pass  # a full or lost disk is known before the client sends
        self._offset = 0
        self._granted = 0

    @property
    def complete(self) -> bool:
        return self._offset == self._size

    def resume(self) -> Go:
        """What to ask of a client that begins, or has come back: everything from where we are."""
        self._granted = self._offset + CREDIT * CHUNK_BYTES
        return Go(job_id=self._job_id, offset=self._offset, credit=CREDIT)

    def write(self, chunk: Chunk, data: memoryview) -> Go | None:
        """Take a chunk; the credit that it gives back, if more is to come.

        A chunk that is already here (the client sent on while it was asked again) is passed over.

        :raises BadRequest: a chunk that was not asked for, or, at the end, other bytes than announced.
        :raises OSError: the disk is full.
        """
        if chunk.offset < self._offset:
            return None
        wanted = min(CHUNK_BYTES, self._size - self._offset)
        if chunk.offset > self._offset or len(data) != wanted:
            raise BadRequest(
                f"a chunk of {len(data)} bytes at {chunk.offset}, wanted were {wanted} at {self._offset}",
                f"send chunks of {CHUNK_BYTES} bytes in order, as go asks for them",
            )
        with open(self._path, "ab") as file:  # not held open: a thousand uploads are not a thousand files
            file.write(data)
        self._digest.update(data)
        self._offset += len(data)
        if self.complete and self._digest.hexdigest() != self._sha256:
            raise BadRequest("the plate's bytes are not those that were announced", "send it again")
        if self._granted >= self._size:
            return None
        go = Go(job_id=self._job_id, offset=self._granted, credit=1)
        self._granted += CHUNK_BYTES
        return go
