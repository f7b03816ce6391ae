"""modelscope's own M2FP, to compare ours with: an environment of its own, and a process that runs in it.

``environment`` makes or finds that environment; ``module`` is what to call, and ``process`` our end of the
process. ``bootstrap`` and all that it imports run under the other interpreter: of this project they import
nothing but each other.
"""
