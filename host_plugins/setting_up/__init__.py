"""How a plug-in gets to where its host looks for it: ``install.py``'s part that is too long for one file.

``wheels`` knows which pyzmq a host's Python takes and unpacks it; ``nuke`` fills and clears the folder that
Nuke reads; ``init_file`` is the one line in the user's own ``init.py``; ``extension`` builds Blender's, with
``host_wheel`` and ``archive``, and ``blender`` installs it. Standard library only. Nothing here
is copied into a host.
"""

from __future__ import annotations


class SettingUpError(Exception):
    """What keeps a plug-in from being set up, in a sentence that also says what to do."""
