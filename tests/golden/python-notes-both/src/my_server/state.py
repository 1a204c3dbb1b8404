"""What tools, resources and prompts share: settings, clients, stores."""

from dataclasses import dataclass, field

from .config import Settings
from .notes import Notes


@dataclass(frozen=True)
class State:
    settings: Settings
    notes: Notes = field(default_factory=Notes)
