"""Log lines on stderr, as text or JSON."""

import logging

from structlog.dev import ConsoleRenderer
from structlog.processors import JSONRenderer, TimeStamper, format_exc_info
from structlog.stdlib import ProcessorFormatter, add_log_level, add_logger_name


def configure(level: str, form: str) -> None:
    renderers = [format_exc_info, JSONRenderer()] if form == "json" else [ConsoleRenderer(colors=False)]
    formatter = ProcessorFormatter(
        foreign_pre_chain=[add_log_level, add_logger_name, TimeStamper("iso")],
        processors=[ProcessorFormatter.remove_processors_meta, *renderers],
    )
    handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    logging.basicConfig(level=level.upper(), handlers=[handler])
    # Its lower levels name sessions.
    logging.getLogger("mcp").setLevel("WARNING")
