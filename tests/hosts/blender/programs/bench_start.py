"""What switching an extension on takes in a Blender that has started. Order: ``module``."""

from __future__ import annotations

import sys
import time

import bpy
from desk import answer, order

module = order()["module"]
began = time.perf_counter()
bpy.ops.preferences.addon_enable(module=module)
spent = time.perf_counter() - began
answer(ms=spent * 1000, loaded=module in sys.modules)
