"""Read by Nuke when it has a GUI. As for ``init.py``: Python 2 compiles it, and nothing in it stops Nuke."""

import nuke

try:
    from m2fp_nuke import start

    start.with_gui()
except Exception as fault:  # noqa: BLE001 (Nuke starts whatever it is)
    nuke.tprint("M2FP: no menu (%s)" % (fault,))  # noqa: UP031 (Python 2 has no f-strings)
