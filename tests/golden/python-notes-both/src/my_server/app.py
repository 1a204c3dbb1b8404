"""What tools, resources and prompts share."""

from .changes import Changes
from .config import Settings
from .metrics import Metrics
from .notes import Notes


class App:
    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.notes = Notes()
        self.changes = Changes()
        self.metrics = Metrics()
