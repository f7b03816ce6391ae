"""Where ``install.py`` put the command ``m2fp``, so that a message can say how to start the daemon.

``install.py`` writes ``install.json`` into the user's configuration folder; the host's Python, which is not
the daemon's, reads it here.
"""

from __future__ import annotations

import json
import os
import sys

RECORD = "install.json"


def config_folder() -> str:
    """The folder that ``install.py`` writes its record into (``M2FP_CONFIG_DIR`` overrides it)."""
    override = os.environ.get("M2FP_CONFIG_DIR")
    if override:
        return override
    home = os.path.expanduser("~")
    if sys.platform == "win32":
        parent = os.environ.get("APPDATA") or os.path.join(home, "AppData", "Roaming")
    elif sys.platform == "darwin":
        parent = os.path.join(home, "Library", "Application Support")
    else:
        parent = os.environ.get("XDG_CONFIG_HOME") or os.path.join(home, ".config")
    return os.path.join(parent, "m2fp-bridge")


def command() -> str:
    """Full path of ``m2fp`` as installed, or plain ``m2fp`` where no installation is recorded."""
    name = "m2fp.exe" if sys.platform == "win32" else "m2fp"
    beside = os.path.join(os.path.dirname(sys.executable or ""), name)
    if os.path.isfile(beside):
        return beside
    try:
        with open(os.path.join(config_folder(), RECORD), encoding="utf-8") as record:
            recorded = json.load(record).get("m2fp", "")
    except (OSError, ValueError, AttributeError):
        return "m2fp"
    return recorded if isinstance(recorded, str) and os.path.isfile(recorded) else "m2fp"
