"""Human Parts for Blender's compositor: mattes of body parts from a daemon of M2FP Bridge.

An extension: Blender loads this package as ``bl_ext.user_default.m2fp_bridge``. Only what is drawn or called
at once is imported here, and nothing of zmq.
"""

from __future__ import annotations

from . import handlers, operators, panel, properties


def register() -> None:
    """Called by Blender when the extension is switched on."""
    properties.register()
    operators.register()
    panel.register()
    handlers.register()


def unregister() -> None:
    """Called by Blender when the extension is switched off, and at its end."""
    handlers.unregister()
    panel.unregister()
    operators.unregister()
    properties.unregister()
