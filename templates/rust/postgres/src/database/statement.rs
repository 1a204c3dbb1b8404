//! What may stand in a query, judged by its text before the database sees it.
//!
//! Postgres makes sure that it is one statement, that it only reads, and says which tables it
//! reads. It cannot be told which functions may be called, and some do more than to compute:
//! they end other connections, hold locks after the transaction, or run a text as SQL.

use super::failure;
use crate::error::AppError;

/// What may be called: functions that only compute, and make no long text of a short one.
const FUNCTIONS: &str = "abs age avg bool_and bool_or cast ceil ceiling char_length coalesce \
    concat concat_ws count cume_dist date_part date_trunc dense_rank every exp extract \
    first_value floor greatest initcap lag last_value lead least left length ln log lower ltrim \
    make_date max min mod mode now nth_value ntile nullif octet_length percent_rank \
    percentile_cont percentile_disc position power rank reverse right round row_number rtrim \
    sign split_part sqrt starts_with stddev string_agg strpos substr substring sum to_char trim \
    upper";

/// What may come before a parenthesis without being called.
const KEYWORDS: &str = "all and any array as between by case char decimal distinct else except \
    exists filter from group having ilike in intersect is join lateral like limit materialized \
    not numeric offset on or over row select some then union using values varchar when where \
    with";

/// What tells of the database itself: its name, its roles, its other objects.
const HIDDEN: &str = "current_catalog current_role current_schema current_user regclass \
    regcollation regconfig regdictionary regnamespace regoper regoperator regproc regprocedure \
    regrole regtype session_user system_user user";

/// Refuse all but one `SELECT` that calls known functions, and return it without what ends it.
///
/// It reads the text as Postgres does, or refuses it: no function may hide behind a comment or
/// in a string that ends elsewhere than it seems to.
pub(super) fn check(sql: &str) -> Result<&str, AppError> {
    let sql = sql.trim_end_matches(|c: char| c == ';' || is_space(c));
    let mut before = None;
    let mut expected = Expected::Anything;
    for token in Tokens(sql) {
        let token = token?;
        match (&before, &token) {
            (None, Token::Word(word)) if is_one_of("select values with", word) => {}
            (None, _) => return refuse("it must begin with SELECT or WITH"),
            (_, Token::Symbol(';')) => return refuse("it must be one statement"),
            (_, Token::Word(word) | Token::Quoted(word)) if is_one_of(HIDDEN, word) => {
                return refuse(&format!("`{word}` must not be used"));
            }
            // `U&"…"` can spell any name.
            (Some(Token::Symbol('&')), Token::Quoted(_)) => {
                return refuse("a name in quotes must not follow `&`");
            }
            (_, Token::Symbol('(')) if expected == Expected::Columns => {}
            (Some(Token::Word(name)), Token::Symbol('(')) if !may_precede_parenthesis(name) => {
                return refuse(&format!("`{name}(` is not a function that may be called"));
            }
            (Some(Token::Quoted(_)), Token::Symbol('(')) => {
                return refuse("a name in quotes must not be called");
            }
            _ => {}
        }
        expected = expected.after(before.as_ref(), &token);
        before = Some(token);
    }
    if before.is_none() {
        return refuse("it must begin with SELECT or WITH");
    }
    Ok(sql)
}

/// What the next token can be in the first table of a `WITH`, as in `WITH RECURSIVE n(i) AS`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expected {
    Anything,
    Name,
    Columns,
}

impl Expected {
    fn after(self, before: Option<&Token>, token: &Token) -> Self {
        let begins = matches!(before, None | Some(Token::Symbol('(')));
        match (self, token) {
            (_, Token::Word(word)) if begins && word == "with" => Self::Name,
            (Self::Name, Token::Word(word)) if word == "recursive" => Self::Name,
            (Self::Name, Token::Word(_)) => Self::Columns,
            _ => Self::Anything,
        }
    }
}

fn may_precede_parenthesis(word: &str) -> bool {
    is_one_of(FUNCTIONS, word) || is_one_of(KEYWORDS, word)
}

fn refuse<T>(why: &str) -> Result<T, AppError> {
    Err(failure::refused(why))
}

fn is_one_of(list: &str, word: &str) -> bool {
    list.split(' ').any(|known| known == word)
}

/// Postgres 16 added the vertical tab.
fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{b}' | '\u{c}')
}

#[derive(Debug)]
enum Token {
    /// A keyword or a name, in lower case.
    Word(String),
    /// A name in double quotes.
    Quoted(String),
    Symbol(char),
    /// A text, a number or a parameter.
    Other,
}

/// What is left of a text to be taken apart.
struct Tokens<'a>(&'a str);

impl Iterator for Tokens<'_> {
    type Item = Result<Token, AppError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0 = self.0.trim_start_matches(is_space);
        let first = self.0.chars().next()?;
        Some(match first {
            '\'' => self.quoted(first).map(|_| Token::Other),
            '"' => self
                .quoted(first)
                .map(|name| Token::Quoted(name.to_owned())),
            '0'..='9' => {
                self.take(|c| c.is_ascii_digit());
                Ok(Token::Other)
            }
            '$' => self.parameter(),
            '_' | 'a'..='z' | 'A'..='Z' | '\u{80}'.. => self.word(),
            _ => self.symbol(first),
        })
    }
}

impl<'a> Tokens<'a> {
    fn take(&mut self, belongs: impl Fn(char) -> bool) -> &'a str {
        let end = self.0.find(|c| !belongs(c)).unwrap_or(self.0.len());
        let (taken, rest) = self.0.split_at(end);
        self.0 = rest;
        taken
    }

    /// Up to the next quote that is not doubled. A backslash is a character like any other.
    fn quoted(&mut self, quote: char) -> Result<&'a str, AppError> {
        let whole = self.0;
        loop {
            let Some(end) = self.0[1..].find(quote) else {
                return refuse("a quote is not closed");
            };
            self.0 = &self.0[end + 2..];
            if !self.0.starts_with(quote) {
                return Ok(&whole[1..whole.len() - self.0.len() - 1]);
            }
        }
    }

    fn parameter(&mut self) -> Result<Token, AppError> {
        self.0 = &self.0[1..];
        if self.take(|c| c.is_ascii_digit()).is_empty() {
            return refuse("`$` is for parameters only, such as $1");
        }
        Ok(Token::Other)
    }

    fn word(&mut self) -> Result<Token, AppError> {
        let word = self.take(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '$' | '\u{80}'..));
        // `E'…'` has a syntax of its own, as have other letters there.
        if self.0.starts_with('\'') {
            return refuse("a word must not touch the quote after it");
        }
        Ok(Token::Word(word.to_ascii_lowercase()))
    }

    fn symbol(&mut self, first: char) -> Result<Token, AppError> {
        if self.0.starts_with("--") || self.0.starts_with("/*") {
            return refuse("it must hold no comment");
        }
        if first == '\\' || first.is_control() {
            return refuse(&format!("{first:?} means nothing in SQL"));
        }
        self.0 = &self.0[1..];
        Ok(Token::Symbol(first))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn why(sql: &str) -> String {
        check(sql).unwrap_err().to_string()
    }

    #[test]
    fn what_only_reads_and_computes_is_let_through() {
        for sql in [
            "SELECT 1",
            "SELECT id FROM orders WHERE status = 'it''s (not) a call' AND quantity > $1",
            "WITH paid AS (SELECT * FROM orders) SELECT count(*) FROM paid",
            "select Sum (o.total_cents), date_trunc('day', created_at) from \"orders\" o group by 2",
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n",
            "SELECT * FROM (WITH n (i) AS (VALUES (1)) SELECT i FROM n) AS numbers",
            "VALUES (1, 2), (3, 4)",
            "SELECT rank() OVER (PARTITION BY sku) FROM orders WHERE sku IN ('a', 'b')",
            "SELECT CASE WHEN (quantity > 1) THEN 1e5 ELSE .5 END, DATE '2026-01-01' FROM orders",
            "SELECT 'C:\\' || name FROM items",
            "SELECT größe FROM items",
        ] {
            assert_eq!(check(sql).unwrap(), sql);
        }
        assert_eq!(check("SELECT 1 ; \n;").unwrap(), "SELECT 1");
    }

    #[test]
    fn no_unknown_function_is_called() {
        for sql in [
            "SELECT pg_sleep(60)",
            "SELECT PG_Sleep\n(60)",
            "SELECT pg_sleep\u{b}(60)",
            "SELECT pg_catalog.pg_sleep(60)",
            "SELECT \"pg_sleep\"(60)",
            "SELECT U&\"pg\\005fsleep\"(60)",
            "SELECT pg_sleep/**/(60)",
            "SELECT pg_sleep--\n(60)",
            "SELECT 1+1pg_sleep(60)",
            "SELECT $1pg_sleep(60)",
            "SELECT 'a'pg_sleep(60)",
            "SELECT E'\\', pg_sleep(60), '",
            "SELECT $$'$$, pg_sleep(60), $$'$$",
            "SELECT $a$'$a$, pg_sleep(60), $a$'$a$",
            "SELECT 'a\\', pg_sleep(60), '\\'",
            "SELECT * FROM generate_series(1, 10)",
            "SELECT größe(1)",
            "WITH n AS (SELECT 1) (SELECT 1) ORDER BY pg_sleep(60)",
            "WITH pg_sleep AS (SELECT 1), m AS (SELECT pg_sleep(60)) SELECT 1",
            "SELECT created_at::timestamp with time zone, pg_sleep(60) FROM orders",
            "SELECT * FROM ROWS FROM (pg_sleep(60)) WITH ORDINALITY, pg_sleep(60)",
        ] {
            assert!(check(sql).is_err(), "{sql}");
        }
        assert!(why("SELECT pg_sleep(60)").contains("`pg_sleep(`"));
    }

    #[test]
    fn what_is_no_single_query_is_refused() {
        for sql in [
            "DELETE FROM orders",
            "(SELECT 1)",
            "COPY orders TO PROGRAM 'id'",
            "EXPLAIN ANALYZE SELECT 1",
            "SELECT 1; DROP TABLE orders",
            "SELECT 'open",
            "SELECT 1 -- and more",
            "SELECT 1 /* and more */",
            "SELECT \0",
            "SELECT 'orders'::regclass",
            "SELECT 'orders'::\"regclass\"",
            "SELECT 'orders'::U&\"reg\\0063lass\"",
            "SELECT current_user",
            ";",
        ] {
            assert!(check(sql).is_err(), "{sql}");
        }
    }
}
