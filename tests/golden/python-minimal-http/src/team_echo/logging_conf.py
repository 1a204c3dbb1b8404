"""Structured logs, written to stderr. Nothing but the protocol goes to stdout."""

import logging
import sys
from dataclasses import dataclass
from typing import Literal

import structlog
from structlog.typing import EventDict, Processor

LEVELS = {
    "off": logging.CRITICAL + 10,
    "error": logging.ERROR,
    "warn": logging.WARNING,
    "info": logging.INFO,
    "debug": logging.DEBUG,
    "trace": logging.DEBUG - 5,
}

# Libraries that tell at `info` what is of use only to those who look for a fault, sessions too.
QUIET = {"mcp": logging.WARNING, "uvicorn": logging.WARNING}


@dataclass(frozen=True, slots=True)
class LogFilter:
    """A level for everything, and levels for loggers by name."""

    root: int
    targets: dict[str, int]

    @classmethod
    def parse(cls, text: str) -> "LogFilter":
        """Read a filter such as `info,mcp=warn`."""
        root, targets = LEVELS["off"], {}
        for word in text.split(","):
            target, _, level = word.strip().rpartition("=")
            if level.lower() not in LEVELS:
                raise ValueError(f"`{level}` is none of {', '.join(LEVELS)}")
            if target:
                targets[target] = LEVELS[level.lower()]
            else:
                root = LEVELS[level.lower()]
        return cls(root, targets)


def configure_logging(log: LogFilter, log_format: Literal["text", "json"]) -> None:
    """Send the logs of this process, its libraries' too, to stderr.

    Comes before the server is made, which would else set up logging in its own way.
    """
    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="timestamp"),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    renderers: dict[str, list[Processor]] = {
        "text": [
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
            )
        ],
        "json": [
            structlog.processors.format_exc_info,
            _named_as_elsewhere,
            structlog.processors.JSONRenderer(),
        ],
    }
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *renderers[log_format],
            ],
        )
    )
    logging.basicConfig(level=log.root, handlers=[handler], force=True)
    quiet = QUIET if log.root >= logging.INFO else {}
    for target, level in (quiet | log.targets).items():
        logging.getLogger(target).setLevel(level)


def _named_as_elsewhere(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Use the field names of `tracing`'s JSON, which log pipelines know."""
    return {
        "timestamp": event.pop("timestamp"),
        "level": event.pop("level").upper(),
        "target": event.pop("logger"),
        "message": event.pop("event"),
        **event,
    }
