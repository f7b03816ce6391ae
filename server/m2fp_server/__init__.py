"""The daemon of M2FP Bridge and everything that computes."""

__version__ = "0.1.0"
