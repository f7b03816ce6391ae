"""The fake Nuke's pixels: what its nodes make of real images.

:mod:`client` belongs to the fake and runs on the host's Python, 3.7 or newer, with the standard library
alone. Everything else here runs in a process of the project's own Python, with numpy and OpenImageIO, and
knows nothing of scripts, knobs or frames: it gets evaluated operators and paths.
"""
