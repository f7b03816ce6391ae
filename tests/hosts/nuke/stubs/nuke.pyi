# What type checkers know of Nuke's module: nothing but that it is there.
from typing import Any

def __getattr__(name: str) -> Any: ...
