# What type checkers know of Blender's module: nothing but that it is there.
from typing import Any

from . import app as app
from . import props as props

def __getattr__(name: str) -> Any: ...
