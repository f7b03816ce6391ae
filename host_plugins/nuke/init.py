"""Read by Nuke in every mode. Whatever is wrong with M2FP must not keep Nuke from starting.

Read by a Nuke older than 13, too, where both share a folder: Python 2 has to be able to compile this file.
"""

import nuke

try:
    from m2fp_nuke import start

    start.everywhere()
except Exception as fault:  # noqa: BLE001 (Nuke starts whatever it is)
    sentence = "M2FP: the plug-in can't be loaded (%s); saved masks are read without it"
    nuke.tprint(sentence % (fault,))
