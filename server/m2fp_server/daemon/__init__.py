"""The daemon: the process that hosts talk to, and the life of the worker behind it.

It moves bytes and decides who is next. It never parses an image and never imports torch; whatever can crash,
hang or swell does so in the worker.
"""
