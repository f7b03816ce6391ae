"""The worker: a process that runs one job at a time on a warm engine.

It knows plates, colour, engines and mattes, and nothing of sockets: jobs arrive as JSON lines on its standard
input, answers leave as JSON lines, files lie in the daemon's spool folder.
"""
