"""What the driver says by itself, which may name the host of the database."""

import subprocess
import sys

from .support import PROGRAM, SOON

TELLING = f"""
import logging, sys
from {PROGRAM}.logging_conf import LogFilter, configure_logging
configure_logging(LogFilter.parse(sys.argv[1]), "text")
logging.getLogger("psycopg").warning("db.example")
"""


def told(log: str) -> str:
    ended = subprocess.run(
        [sys.executable, "-c", TELLING, log],
        capture_output=True,
        encoding="utf-8",
        timeout=SOON,
        check=True,
    )
    return ended.stderr


def test_only_a_filter_that_names_it_shows_it() -> None:
    assert not told("trace")
    assert "db.example" in told("info,psycopg=warn")
