"""The command line before it knows which command it is: light, for the daemon's front starts with it too."""

from __future__ import annotations

import subprocess
import sys

HEAVY = ("torch", "cv2", "OpenImageIO", "structlog", "modelscope", "PIL")


def test_no_command_loads_what_only_another_one_needs() -> None:
    program = f"import sys, m2fp_server.cli.app; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "[]\n"
