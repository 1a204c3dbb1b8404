"""What tools, resources and prompts share."""

from .config import Settings
from .metrics import Metrics


class App:
    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.metrics = Metrics()
