"""An artist takes a second part out of one group by hand. Order: ``folder``, ``image``, ``endpoint``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
from desk import answer, composite, order, press, scene_for, switch_on


def session(wanted: dict[str, Any]) -> None:
    """All parts are fetched, an output for the face is added; hat is picked, parsed and rendered."""
    folder = Path(wanted["folder"])
    switch_on()
    scene = scene_for(folder, (96, 64), 1)
    bpy.ops.wm.save_as_mainfile(filepath=str(folder / "shot.blend"))
    group = composite(scene)
    group.m2fp.image = bpy.data.images.load(wanted["image"])
    group.m2fp.endpoint, group.m2fp.fetch = wanted["endpoint"], "ALL"
    faults = [press(bpy.ops.m2fp.update)]
    group.interface.new_socket("Face", in_out="OUTPUT", socket_type="NodeSocketFloat")
    group.links.new(group.nodes["masks"].outputs["face"], group.nodes["out"].inputs["Face"])
    tree = scene.compositing_node_group if bpy.app.version >= (5, 0) else scene.node_tree
    alpha = next(link.to_socket for link in tree.links if link.from_socket.name == "Mask")
    tree.links.new(tree.nodes.active.outputs["Face"], alpha)
    group.m2fp.part = "hat"
    faults.append(press(bpy.ops.m2fp.parse_range))
    bpy.ops.render.render(animation=True)
    answer(faults=faults)


session(order())
