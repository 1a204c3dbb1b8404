"""What may stand in a query, judged by its text before the database sees it.

Postgres makes sure that it is one statement, that it only reads, and says which tables it reads. It
cannot be told which functions may be called, and some do more than to compute: they end other
connections, hold locks after the transaction, or run a text as SQL.
"""

import re
from collections.abc import Iterator
from enum import Enum, auto
from typing import NamedTuple

from .failure import refused

# What may be called: functions that only compute, and make no long text of a short one.
FUNCTIONS = frozenset(
    """
    abs age avg bool_and bool_or cast ceil ceiling char_length coalesce concat concat_ws count
    cume_dist date_part date_trunc dense_rank every exp extract first_value floor greatest
    initcap lag last_value lead least left length ln log lower ltrim make_date max min mod mode
    now nth_value ntile nullif octet_length percent_rank percentile_cont percentile_disc
    position power rank reverse right round row_number rtrim sign split_part sqrt starts_with
    stddev string_agg strpos substr substring sum to_char trim upper
    """.split()  # noqa: SIM905 # a list would take too many lines
)

# What may come before a parenthesis without being called.
KEYWORDS = frozenset(
    """
    all and any array as between by case char decimal distinct else except exists filter from
    group having ilike in intersect is join lateral like limit materialized not numeric offset
    on or over row select some then union using values varchar when where with
    """.split()  # noqa: SIM905 # a list would take too many lines
)

# What tells of the database itself: its name, its roles, its other objects.
HIDDEN = frozenset(
    """
    current_catalog current_role current_schema current_user regclass regcollation regconfig
    regdictionary regnamespace regoper regoperator regproc regprocedure regrole regtype
    session_user system_user user
    """.split()  # noqa: SIM905 # a list would take too many lines
)

# Postgres 16 added the vertical tab.
SPACE = " \t\n\r\v\f"

# The parts of a text. A backslash in quotes is a character like any other, and a quote ends at the
# next one that is not doubled.
TOKEN = re.compile(
    r"""
    (?P<text>'(?:[^']|'')*+')
    | "(?P<quoted>(?:[^"]|"")*+)"
    | (?P<number>[0-9]+)
    | (?P<parameter>\$[0-9]+)
    | (?P<word>[_a-zA-Z\x80-\U0010ffff][_a-zA-Z0-9$\x80-\U0010ffff]*+(?P<touches>')?)
    | (?P<symbol>.)
    """,
    re.VERBOSE | re.DOTALL,
)


class Kind(Enum):
    # A keyword or a name, in lower case.
    WORD = auto()
    # A name in double quotes.
    QUOTED = auto()
    SYMBOL = auto()
    # A text, a number or a parameter.
    OTHER = auto()


class Token(NamedTuple):
    kind: Kind
    text: str = ""


class Expected(Enum):
    """What the next token can be in the first table of a `WITH`, as in `WITH RECURSIVE n(i) AS`."""

    ANYTHING = auto()
    NAME = auto()
    COLUMNS = auto()

    def after(self, before: Token | None, token: Token) -> "Expected":
        begins = before is None or before == (Kind.SYMBOL, "(")
        match self, token:
            case _, (Kind.WORD, "with") if begins:
                return Expected.NAME
            case Expected.NAME, (Kind.WORD, "recursive"):
                return Expected.NAME
            case Expected.NAME, (Kind.WORD, _):
                return Expected.COLUMNS
            case _:
                return Expected.ANYTHING


def check(sql: str) -> str:
    """Refuse all but one `SELECT` that calls known functions; return it without what ends it.

    It reads the text as Postgres does, or refuses it: no function may hide behind a comment or in a
    string that ends elsewhere than it seems to.
    """
    sql = sql.rstrip(SPACE + ";")
    before: Token | None = None
    expected = Expected.ANYTHING
    for token in _tokens(sql):
        if before is None:
            if token not in {(Kind.WORD, word) for word in ("select", "values", "with")}:
                raise refused("it must begin with SELECT or WITH")
        else:
            _check_pair(before, token, expected)
        expected = expected.after(before, token)
        before = token
    if before is None:
        raise refused("it must begin with SELECT or WITH")
    return sql


def _check_pair(before: Token, token: Token, expected: Expected) -> None:
    match before, token:
        case _, (Kind.SYMBOL, ";"):
            raise refused("it must be one statement")
        case _, (Kind.WORD | Kind.QUOTED, word) if word in HIDDEN:
            raise refused(f"`{word}` must not be used")
        # `U&"…"` can spell any name.
        case (Kind.SYMBOL, "&"), (Kind.QUOTED, _):
            raise refused("a name in quotes must not follow `&`")
        case _, (Kind.SYMBOL, "(") if expected is Expected.COLUMNS:
            pass
        case (Kind.WORD, word), (Kind.SYMBOL, "(") if word not in FUNCTIONS | KEYWORDS:
            raise refused(f"`{word}(` is not a function that may be called")
        case (Kind.QUOTED, _), (Kind.SYMBOL, "("):
            raise refused("a name in quotes must not be called")


def _tokens(sql: str) -> Iterator[Token]:
    at = 0
    while True:
        at += len(sql[at:]) - len(sql[at:].lstrip(SPACE))
        found = TOKEN.match(sql, at)
        if found is None:
            return
        yield _token(sql, found)
        at = found.end()


def _token(sql: str, found: re.Match[str]) -> Token:
    match found.lastgroup:
        case "touches":
            # `E'…'` has a syntax of its own, as have other letters there.
            raise refused("a word must not touch the quote after it")
        case "word":
            return Token(Kind.WORD, _lower(found["word"]))
        case "quoted":
            return Token(Kind.QUOTED, found["quoted"])
        case "symbol":
            return _symbol(sql, found.start())
        case _:
            return Token(Kind.OTHER)


def _symbol(sql: str, at: int) -> Token:
    symbol = sql[at]
    if symbol in "'\"":
        raise refused("a quote is not closed")
    if symbol == "$":
        raise refused("`$` is for parameters only, such as $1")
    if sql.startswith(("--", "/*"), at):
        raise refused("it must hold no comment")
    if symbol == "\\" or not symbol.isprintable():
        raise refused(f"{symbol!r} means nothing in SQL")
    return Token(Kind.SYMBOL, symbol)


def _lower(word: str) -> str:
    """Fold as Postgres does what could be one of the words above."""
    return word.lower() if word.isascii() else word
