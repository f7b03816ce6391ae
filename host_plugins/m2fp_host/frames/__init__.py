"""What every host does with the frames of a node: which masks are still right, and computing the others.

A host brings a :class:`~m2fp_host.frames.host_node.HostNode` and a :class:`~m2fp_host.frames.job.Job`.
"""
