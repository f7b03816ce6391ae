"""What switching the extension on brings into a Blender that has started."""

from __future__ import annotations

import sys

import bpy
from desk import answer, switch_on

switch_on()
ours = [name for name in sys.modules if name.partition(".")[0] in ("m2fp_host", "zmq")]
answer(modules=ours, operators=dir(bpy.ops.m2fp))
