"""Log lines on stderr, as text or JSON."""

import logging

from structlog.dev import ConsoleRenderer
from structlog.processors import JSONRenderer, TimeStamper, format_exc_info
from structlog.stdlib import ExtraAdder, ProcessorFormatter, add_log_level, add_logger_name

# What a line may have besides its text.
FIELDS = ("target", "caller", "outcome", "duration_ms", "request_id")


def configure(level: str, form: str) -> None:
    renderers = [format_exc_info, JSONRenderer()] if form == "json" else [ConsoleRenderer(colors=False)]
    formatter = ProcessorFormatter(
        foreign_pre_chain=[add_log_level, add_logger_name, ExtraAdder(FIELDS), TimeStamper("iso")],
        processors=[ProcessorFormatter.remove_processors_meta, *renderers],
    )
    handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    logging.basicConfig(level=level.upper(), handlers=[handler])
    # Its lower levels name sessions.
    logging.getLogger("mcp").setLevel("WARNING")
