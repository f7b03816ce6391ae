"""EXR in and out, colour, layer and channel names. Nothing here knows of sockets, engines or jobs."""

from .channel_names import channel_of, check_layer
from .exr_reader import read_plate
from .layered_exr import write_layered
from .limits import Limits, configure
from .photograph import plate_from_photograph
from .picture import Picture, picture_of
from .plate import Plate
from .window import Window

__all__ = [
    "Limits",
    "Picture",
    "Plate",
    "Window",
    "channel_of",
    "check_layer",
    "configure",
    "picture_of",
    "plate_from_photograph",
    "read_plate",
    "write_layered",
]
