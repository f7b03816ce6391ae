"""Read by Nuke when it has a GUI."""

import nuke

try:
    from m2fp_nuke import start
except (ImportError, SyntaxError) as fault:
    nuke.tprint(f"M2FP: no menu ({fault})")
else:
    start.with_gui()
