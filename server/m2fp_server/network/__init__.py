"""The M2FP network in torch: what a published checkpoint computes, exact and fast on a CPU.

Pictures and queries are tensors here; nothing knows files, plates or layers.
"""

from .m2fp import M2FPNetwork, Precision
from .query_decoder import Queries

__all__ = ["M2FPNetwork", "Precision", "Queries"]
