"""Read by Nuke in every mode. Whatever is wrong with M2FP must not keep Nuke from starting."""

import nuke

try:
    from m2fp_nuke import start
except (ImportError, SyntaxError) as fault:  # SyntaxError: a Nuke older than 13, with Python 2
    nuke.tprint(f"M2FP: the plug-in can't be loaded ({fault}); saved masks are read without it")
else:
    start.everywhere()
