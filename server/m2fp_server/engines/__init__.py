"""Engines: display-referred picture -> probabilities of body parts.

One module or package an engine, and the registry that finds them by name. Nothing here knows plates, colour
spaces or sockets.
"""
