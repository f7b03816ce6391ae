"""M2FP Bridge inside Nuke: only what speaks Nuke's API. Python 3.7, standard library.

Network and files are ``m2fp_host``'s, which this package finds beside itself; ``zmq`` is imported when a
button is pressed, never before. ``start`` is what Nuke's ``init.py`` and ``menu.py`` call.
"""

from __future__ import annotations

import os
import sys

FOLDER = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
"""The plug-in's folder: where ``init.py`` and ``menu.py`` are."""

# Installed, m2fp_host lies beside this package; in a checkout, beside the plug-in's folder.
if not os.path.isdir(os.path.join(FOLDER, "m2fp_host")):
    _beside = os.path.dirname(FOLDER)
    if _beside not in sys.path:
        sys.path.append(_beside)
