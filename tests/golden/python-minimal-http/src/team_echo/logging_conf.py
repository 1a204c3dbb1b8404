"""Structured logs, written to stderr. Nothing but the protocol goes to stdout."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import structlog
from structlog.typing import EventDict, Processor

from .log_writer import LogWriter

LEVELS = {
    "off": logging.CRITICAL + 10,
    "error": logging.ERROR,
    "warn": logging.WARNING,
    "info": logging.INFO,
    "debug": logging.DEBUG,
    "trace": logging.DEBUG - 5,
}

# Libraries that tell of sessions and of whole messages, which only a filter that names them shows.
QUIET = {
    "mcp": logging.WARNING,
    "sse_starlette": logging.WARNING,
    "uvicorn": logging.WARNING,
}


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
    renderers: dict[str, list[Processor]] = {
        "text": [_as_text],
        "json": [_with_usual_names, structlog.processors.JSONRenderer()],
    }
    render = _rendering([structlog.processors.format_exc_info, *renderers[log_format]])
    handler = LogWriter()
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, render, handler.take],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, render],
        )
    )
    # Nothing is told of where in the code, in which thread or process a line comes from.
    logging._srcfile = None  # noqa: SLF001
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging.basicConfig(level=log.root, handlers=[handler], force=True)
    quiet = {target: max(log.root, level) for target, level in QUIET.items()}
    for target, level in (quiet | log.targets).items():
        logging.getLogger(target).setLevel(level)


def _rendering(steps: Sequence[Processor]) -> Processor:
    """Render what is logged, or say that it cannot be: whoever logs must not fail by it."""

    def render(logger: object, method: str, event: EventDict) -> str:
        try:
            return _through(steps, logger, method, dict(event))
        except Exception as error:  # noqa: BLE001
            told = {key: event[key] for key in ("timestamp", "level", "logger")}
            told |= {"event": "a log line cannot be written", "error": type(error).__name__}
            return _through(steps, logger, method, told)

    return render


def _through(steps: Sequence[Processor], logger: object, method: str, event: EventDict) -> str:
    rendered: Any = event
    for step in steps:
        rendered = step(logger, method, rendered)
    return str(rendered)


def _as_text(_logger: object, _method: str, event: EventDict) -> str:
    """Write one line, whatever its values hold, and a traceback indented below it."""
    head = f"{event.pop('timestamp')} {event.pop('level').upper():>5} {event.pop('logger')}:"
    message, exception = event.pop("event"), event.pop("exception", None)
    said = " ".join([str(message), *(f"{name}={value}" for name, value in event.items())])
    below = [] if exception is None else [f"  {line}" for line in exception.split("\n")]
    return "\n".join(_printable(line) for line in (f"{head} {said}", *below))


def _printable(text: str) -> str:
    """Escape what would begin a line, or command the terminal."""
    if text.isprintable():
        return text
    return "".join(it if it.isprintable() else it.encode("unicode_escape").decode() for it in text)


def _with_usual_names(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Name the fields as log pipelines know them."""
    return {
        "timestamp": event.pop("timestamp"),
        "level": event.pop("level").upper(),
        "target": event.pop("logger"),
        "message": event.pop("event"),
        **event,
    }
