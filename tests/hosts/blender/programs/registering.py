"""How long switching the extension on takes, in seconds, in a Blender that has started."""

from __future__ import annotations

import sys
import time

import bpy
from desk import answer, switch_on

began = time.perf_counter()
switch_on()
answer(seconds=time.perf_counter() - began, zmq="zmq" in sys.modules, operators=dir(bpy.ops.m2fp))
