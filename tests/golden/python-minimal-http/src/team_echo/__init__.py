"""What the package says of itself, from its metadata."""

from importlib.metadata import metadata

_METADATA = metadata("team-echo")

NAME = _METADATA["Name"]
DESCRIPTION = _METADATA["Summary"]
__version__ = _METADATA["Version"]
