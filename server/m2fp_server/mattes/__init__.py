"""Mattes: from an engine's Parsing to layers at plate size.

Upsampling happens here and nowhere else, in bands, and only for the layers asked for. Nothing here knows
files or sockets.
"""
