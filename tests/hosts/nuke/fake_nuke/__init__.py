"""A stand-in for the ``nuke`` module and the Nuke program, harsher than the real one.

See ``README.md`` beside this file.
"""
