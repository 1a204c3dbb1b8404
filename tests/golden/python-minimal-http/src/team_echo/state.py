"""What tools, resources and prompts share: settings, clients, stores."""

from dataclasses import dataclass

from .config import Settings


@dataclass(frozen=True)
class State:
    settings: Settings
