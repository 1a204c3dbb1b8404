"""What may stand in a query, judged by its tree, which is then written anew: what was judged is what the database gets.

Postgres can be limited to reading, and in its time, but not to some functions and tables. No limit of time stops it in
a function, in a plan that grows without bounds, or in a recursion that doubles a text.
"""

import logging
from collections.abc import Callable, Iterable
from typing import Any

from sqlglot import TokenType, errors, exp, parse_one, tokenize

from .query import TABLES, refused
from ..orders import Item, Order

# The parser's own lines show the text of a query.
logging.getLogger("sqlglot").setLevel(logging.CRITICAL)

COLUMNS = {*Item.model_fields, *Order.model_fields}

# What may stand before a parenthesis. Functions only compute, quickly, and make no long text of a short one.
FUNCTIONS = """
    abs age avg bool_and bool_or cast ceil ceiling char_length coalesce concat concat_ws count cume_dist date_part
    date_trunc dense_rank every extract first_value floor greatest initcap lag last_value lead least left length lower
    make_date max min mode now nth_value ntile nullif percent_rank percentile_cont percentile_disc rank reverse right
    round row_number sign sqrt starts_with stddev substr substring sum to_char trim upper
""".split()  # noqa: SIM905 # a list would take fifty lines
KEYWORDS = """
    all and any as between by case distinct else exists filter from group having in join materialized not on or over
    select then using when where
""".split()  # noqa: SIM905 # a list would take twenty lines

# Kinds of nodes: the query, operators, and the functions above, as the parser calls them.
NODES = """
    Select From Where Group Having Order Ordered Limit Offset Distinct Join With CTE Table TableAlias Subquery Union
    Except Intersect Alias Identifier Column Star Literal Boolean Null Paren Case If Cast DataTypeParam Interval And Or
    Not EQ NEQ GT GTE LT LTE Is Exists Any NullSafeEQ NullSafeNEQ Add Sub Mul Div Mod Neg DPipe AtTimeZone Filter
    WithinGroup Window WindowSpec Abs Avg LogicalAnd LogicalOr Ceil Coalesce Concat ConcatWs Count CumeDist
    TimestampTrunc DenseRank Extract FirstValue Floor Greatest Initcap Lag LastValue Lead Least Left Length Lower Max
    Min Mode CurrentTimestamp CurrentDate NthValue Ntile Nullif PercentRank PercentileCont PercentileDisc Rank Reverse
    Right Round RowNumber Sign Sqrt StartsWith Stddev Substring Sum Upper
""".split()  # noqa: SIM905 # a list would take a hundred lines
UNKNOWN_TO_PARSER = {"age", "every", "make_date"}
TYPES = """
    BOOLEAN SMALLINT INT BIGINT DECIMAL FLOAT DOUBLE TEXT VARCHAR CHAR DATE TIME TIMESTAMP TIMESTAMPTZ INTERVAL
""".split()  # noqa: SIM905 # a list would take fifteen lines

MAX_DEPTH = 16
MAX_TABLES = 10
MAX_GROWTH = 16
MAX_PATTERN = 100
# The largest numbers that a text is read as: multiplying longer ones takes too long.
DIGITS = [exp.DataTypeParam(this=exp.Literal.number(number)) for number in (60, 20)]


# Nodes of which only some are allowed.
RULES: dict[type[exp.Expr], Callable[[Any], bool]] = {
    exp.Anonymous: lambda it: it.name.lower() in UNKNOWN_TO_PARSER,
    exp.Between: lambda it: not it.this.find(exp.Between),
    exp.DataType: lambda it: isinstance(it.this, exp.DataType.Type) and it.this.name in TYPES,
    exp.ILike: lambda it: is_short(it.expression),
    exp.In: lambda it: not any(item.find(exp.Column) for item in it.expressions),
    exp.Like: lambda it: is_short(it.expression),
    exp.Parameter: lambda it: it.name.isdigit(),
    exp.Select: lambda it: bool(it.expressions) and not it.args.get("kind"),
    exp.TimeToStr: lambda it: is_short(it.args["format"]),
    exp.ToChar: lambda it: is_short(it.args["format"]),
    exp.Trim: lambda it: not it.expression,
    exp.Var: lambda it: it.name.isalpha(),
}


def judge(sql: str) -> tuple[str, int]:
    """Refuse all but one SELECT that is listed here; return it as it was understood, and how many parameters it has."""
    try:
        check_tokens(sql)
        tree = parse_one(sql, dialect="postgres")
        count = check_tree(tree)
        return rewritten(tree), count
    except (errors.SqlglotError, RecursionError) as error:
        raise refused(f"syntax error: {str(error).partition(chr(10))[0]}") from None


def check_tokens(sql: str) -> None:
    """Keep the parser from what it would take too long for."""
    depth, before = 0, ""
    for token in tokenize(sql, dialect="postgres"):
        if token.token_type is TokenType.L_PAREN:
            depth += 1
            if before.replace("_", "").isalnum() and before not in FUNCTIONS and before not in KEYWORDS:
                raise refused(f"`{before}(` is not a function that may be called")
        elif token.token_type is TokenType.R_PAREN:
            depth -= 1
        if depth > MAX_DEPTH:
            raise refused(f"it must not nest more than {MAX_DEPTH} levels deep")
        before = token.text.lower()


def check_tree(tree: exp.Expr) -> int:
    """Refuse what is not listed, and return how many parameters there are."""
    if not isinstance(tree, exp.Select | exp.SetOperation):
        raise refused("it must be one SELECT")
    for node in tree.walk():
        rule = RULES.get(type(node), lambda it: type(it).__name__ in NODES)
        if not rule(node):
            text = node.sql("postgres", comments=False)[:MAX_PATTERN]
            raise refused(f"`{text}` is not allowed ({type(node).__name__})")
    check_tables(tree)
    check_growth(tree, 1, exp.DPipe, exp.Concat, exp.ConcatWs)
    check_growth(tree, 2, exp.Mul)
    numbers = {int(node.name) for node in tree.find_all(exp.Parameter)}
    if numbers != set(range(1, len(numbers) + 1)):
        raise refused("its parameters must be $1, $2 and so on, without a gap")
    return len(numbers)


def is_short(pattern: exp.Expr) -> bool:
    return isinstance(pattern, exp.Parameter) or (isinstance(pattern, exp.Literal) and len(pattern.name) <= MAX_PATTERN)


def check_tables(tree: exp.Expr) -> None:
    """Refuse other tables and columns. A table of a `WITH` is known only to what comes after it."""
    known: set[str] = set(TABLES)
    names = set(COLUMNS)
    clause = tree.args.get("with_")
    if len(list(tree.find_all(exp.With))) > (clause is not None) or (clause and clause.recursive):
        raise refused("there may be one WITH, at the beginning, without recursion")
    tables = list(tree.find_all(exp.Table))
    if len(tables) > MAX_TABLES:
        raise refused(f"it must not read more than {MAX_TABLES} tables")
    inside = {id(table) for cte in (clause.expressions if clause else []) for table in cte.find_all(exp.Table)}
    for cte in clause.expressions if clause else []:
        check_names(cte.find_all(exp.Table), known)
        known.add(cte.alias.lower())
    check_names((table for table in tables if id(table) not in inside), known)
    for alias in tree.find_all(exp.Alias, exp.TableAlias):
        names |= {alias.alias.lower(), *(column.name.lower() for column in alias.args.get("columns") or [])}
    for column in tree.find_all(exp.Column):
        if not isinstance(column.this, exp.Star) and (column.name.lower() not in names or column.args.get("db")):
            raise refused(f"there is no column `{column.name}`")


def check_names(tables: Iterable[exp.Table], known: set[str]) -> None:
    for table in tables:
        if not isinstance(table.this, exp.Identifier) or table.db or table.name.lower() not in known:
            raise refused(f"it must read nothing but the tables {' and '.join(TABLES)}, and not `{table.name}`")


def check_growth(tree: exp.Expr, selects: int, *kinds: type[exp.Expr]) -> None:
    """Bound what operators make of a value, which doubles wherever a query inside of another one has them too."""
    nodes = list(tree.find_all(*kinds))
    terms = sum(max(len(node.expressions) - 1, 1) for node in nodes)
    if terms > MAX_GROWTH or len({id(node.find_ancestor(exp.Select)) for node in nodes}) > selects:
        what = "multiply" if exp.Mul in kinds else "join texts"
        raise refused(f"it may {what} {MAX_GROWTH} times, in at most {selects} SELECT")


def rewritten(tree: exp.Expr) -> str:
    """Return the text of a tree, with each inner query planned by itself, however often it is referred to."""
    for name in tree.find_all(exp.Identifier):
        if not name.args.get("quoted"):
            name.set("this", name.this.lower())
    for kind in tree.find_all(exp.DataType):
        if kind.this is exp.DataType.Type.DECIMAL:
            kind.set("expressions", [number.copy() for number in DIGITS])
    for cte in tree.find_all(exp.CTE):
        cte.set("materialized", True)
    for subquery in tree.find_all(exp.Subquery):
        query = subquery.this
        if isinstance(subquery.parent, exp.From | exp.Join) and not query.args.get("offset"):
            query.set("offset", exp.Offset(expression=exp.Literal.number(0)))
    return tree.sql("postgres", comments=False, identify=True)
