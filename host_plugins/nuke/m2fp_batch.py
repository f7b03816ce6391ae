"""Render a script on a farm: nuke -t m2fp_batch.py -- --write Write1 --frames 1-100 script.nk."""

import os
import sys

import nuke

# Nuke takes a number or a range at the end of sys.argv for itself; all that was typed is in rawArgs.
_name = os.path.basename(sys.argv[0]) or "m2fp_batch.py"
_at = next((i for i, each in enumerate(nuke.rawArgs) if os.path.basename(each) == _name), -1)
_arguments = list(nuke.rawArgs[_at + 1 :])
if _arguments[:1] == ["--"]:
    del _arguments[0]

try:
    from m2fp_nuke import batch
except ImportError as fault:
    sys.exit(f"M2FP is not on Nuke's plug-in path ({fault}): python3 install.py nuke puts it there")
sys.exit(batch.main(_arguments))
