//! What a query of a caller may be: one SELECT over known tables, of listed expressions, functions and types.
//!
//! It is parsed, and each part of its tree must be on a list. The database gets what the tree says, and not the text that
//! it was parsed from.

use std::collections::VecDeque;
use std::ops::ControlFlow::{self, Break, Continue};

use sqlparser::ast::{
    BinaryOperator as Binary, DataType, Expr, Function, FunctionArguments, Ident, ObjectName,
    ObjectNamePart, Query, Select, SetExpr, Statement, TableFactor, UnaryOperator as Unary, Value,
    ValueWithSpan, Visit as _, Visitor,
};
use sqlparser::parser::{Parser, ParserError, ParserOptions};

use super::dialect::{DIALECT, FUNCTIONS, HIDDEN, TYPES};
use crate::error::AppError;
use crate::query::{TABLES, refused};

/// How deep expressions may be nested; chains of operators are nested too.
const MAX_DEPTH: usize = 100;
/// How deep the parser recurses before it gives up, on the stack of a thread.
const MAX_RECURSION: usize = 25;
/// How often texts may be joined: each time can double them.
const MAX_JOINS: usize = 5;

/// The statement to run, if it is one that callers may run.
pub fn check(sql: &str) -> Result<String, AppError> {
    // As they were written, since they are written back.
    let options = ParserOptions::new().with_unescape(false);
    let parser = Parser::new(&DIALECT).with_options(options);
    let parser = parser.with_recursion_limit(MAX_RECURSION).try_with_sql(sql);
    let statements = parser.and_then(|mut parser| parser.parse_statements());
    let statements = statements.map_err(|error| match error {
        ParserError::ParserError(why) | ParserError::TokenizerError(why) => {
            refused(&format!("syntax error: {why}"))
        }
        ParserError::RecursionLimitExceeded => refused("it is nested too deeply"),
    })?;
    let [statement] = &*statements else {
        return Err(refused("it must be one statement"));
    };
    if !matches!(statement, Statement::Query(_)) {
        return Err(refused("it must be one SELECT"));
    }
    match statement.visit(&mut Judge::default()) {
        Continue(()) => Ok(statement.to_string()),
        Break(why) => Err(refused(&why)),
    }
}

#[derive(Default)]
struct Judge {
    queries: Vec<Scope>,
    depth: usize,
    joins: usize,
}

/// The tables of a `WITH`. Each is known after its own query only, or its name could stand for a real table in there.
#[derive(Default)]
struct Scope {
    known: Vec<String>,
    coming: VecDeque<String>,
}

impl Visitor for Judge {
    type Break = Box<str>;

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<Box<str>> {
        let mut scope = Scope::default();
        if let Some(with) = &query.with {
            allow(!with.recursive, || "it must not be recursive".into())?;
            let names = with.cte_tables.iter().map(|it| name(&it.alias.name));
            scope.coming.extend(names);
        }
        self.queries.push(scope);
        allow(query.locks.is_empty(), || "it must not lock rows".into())?;
        allow(only_reads(&query.body), || "it must be one SELECT".into())
    }

    fn post_visit_query(&mut self, _query: &Query) -> ControlFlow<Box<str>> {
        self.queries.pop();
        // The queries of a `WITH` come first, in their order.
        if let Some(around) = self.queries.last_mut() {
            around.known.extend(around.coming.pop_front());
        }
        Continue(())
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<Box<str>> {
        allow(select.into.is_none(), || "it must only read".into())
    }

    fn pre_visit_relation(&mut self, relation: &ObjectName) -> ControlFlow<Box<str>> {
        let name = single(relation).map(name).unwrap_or_default();
        let known = self.queries.iter().any(|it| it.known.contains(&name));
        allow(known || TABLES.contains(&&*name), || {
            let tables = TABLES.join(" and ");
            format!("it must read nothing but the tables {tables}, and not `{relation}`")
        })
    }

    fn pre_visit_table_factor(&mut self, table: &TableFactor) -> ControlFlow<Box<str>> {
        let allowed = match table {
            TableFactor::Table { args, sample, .. } => args.is_none() && sample.is_none(),
            TableFactor::Derived { sample, .. } => sample.is_none(),
            TableFactor::NestedJoin { .. } => true,
            _ => false,
        };
        allow(allowed, || format!("`{table}` is not a table"))
    }

    fn pre_visit_value(&mut self, value: &ValueWithSpan) -> ControlFlow<Box<str>> {
        use Value::{Boolean, Null, Number, Placeholder, SingleQuotedString};
        let allowed = match &value.value {
            Placeholder(name) => name
                .strip_prefix('$')
                .is_some_and(|it| it.parse::<u16>().is_ok()),
            Number(..) | SingleQuotedString(_) | Boolean(_) | Null => true,
            _ => false,
        };
        allow(allowed, || {
            format!("{value} must be a number, a text or a parameter such as $1")
        })
    }

    fn pre_visit_expr(&mut self, expression: &Expr) -> ControlFlow<Box<str>> {
        self.depth += 1;
        allow(self.depth <= MAX_DEPTH, || "it is nested too deeply".into())?;
        self.joins += joins(expression);
        allow(self.joins <= MAX_JOINS, || {
            format!("it must not join texts more than {MAX_JOINS} times")
        })?;
        allow(is_known(expression), || {
            format!("`{expression}` is not among the functions, operators and types for queries")
        })
    }

    fn post_visit_expr(&mut self, _expression: &Expr) -> ControlFlow<Box<str>> {
        self.depth -= 1;
        Continue(())
    }
}

fn allow(allowed: bool, why: impl FnOnce() -> String) -> ControlFlow<Box<str>> {
    if allowed {
        Continue(())
    } else {
        Break(why().into())
    }
}

fn only_reads(body: &SetExpr) -> bool {
    match body {
        SetExpr::Select(_) | SetExpr::Query(_) | SetExpr::Values(_) => true,
        SetExpr::SetOperation { left, right, .. } => only_reads(left) && only_reads(right),
        _ => false,
    }
}

fn single(name: &ObjectName) -> Option<&Ident> {
    match &*name.0 {
        [ObjectNamePart::Identifier(ident)] => Some(ident),
        _ => None,
    }
}

/// As databases compare it.
fn name(ident: &Ident) -> String {
    match ident.quote_style {
        Some(_) => ident.value.clone(),
        None => ident.value.to_ascii_lowercase(),
    }
}

#[rustfmt::skip]
fn is_known(expression: &Expr) -> bool {
    match expression {
        Expr::Identifier(ident) => ident.quote_style.is_some() || !HIDDEN.contains(&&*name(ident)),
        Expr::BinaryOp { op, .. } => is_known_operator(op),
        Expr::UnaryOp { op, .. } => matches!(op, Unary::Plus | Unary::Minus | Unary::Not),
        Expr::Function(function) => is_known_function(function),
        Expr::Cast { data_type, .. } => is_known_type(data_type),
        Expr::TypedString(text) => is_known_type(&text.data_type),
        Expr::Substring { .. } => FUNCTIONS.contains(&"substring"),
        Expr::Position { .. } => FUNCTIONS.contains(&"position"),
        Expr::Trim { .. } => FUNCTIONS.contains(&"trim"),
        Expr::Extract { .. } | Expr::Ceil { .. } | Expr::Floor { .. } | Expr::AtTimeZone { .. }
        | Expr::CompoundIdentifier(_) | Expr::Value(_) | Expr::Nested(_) | Expr::Tuple(_) | Expr::Interval(_)
        | Expr::IsNull(_) | Expr::IsNotNull(_) | Expr::IsTrue(_) | Expr::IsNotTrue(_) | Expr::IsFalse(_)
        | Expr::IsNotFalse(_) | Expr::IsDistinctFrom(..) | Expr::IsNotDistinctFrom(..) | Expr::Between { .. }
        | Expr::In { .. } | Expr::Like { .. } | Expr::ILike { .. } | Expr::Case { .. } | Expr::Exists { .. }
        | Expr::Subquery(_) | Expr::GroupingSets(_) | Expr::Cube(_) | Expr::Rollup(_) => true,
        _ => false,
    }
}

#[rustfmt::skip]
fn is_known_operator(operator: &Binary) -> bool {
    matches!(
        operator,
        Binary::Plus | Binary::Minus | Binary::Multiply | Binary::Divide | Binary::Modulo | Binary::StringConcat
            | Binary::Eq | Binary::NotEq | Binary::Lt | Binary::LtEq | Binary::Gt | Binary::GtEq
            | Binary::And | Binary::Or
    )
}

fn is_known_function(function: &Function) -> bool {
    let arguments = matches!(function.parameters, FunctionArguments::None)
        && !matches!(function.args, FunctionArguments::Subquery(_));
    let ident = single(&function.name).filter(|it| it.quote_style.is_none());
    arguments && ident.is_some_and(|it| FUNCTIONS.contains(&&*name(it)))
}

/// Without what stands in its parentheses.
fn is_known_type(data_type: &DataType) -> bool {
    let name = data_type.to_string().to_ascii_lowercase();
    let base = name.split('(').next().unwrap_or_default();
    TYPES.contains(&base.trim_end())
}

/// How many texts it adds to another one.
fn joins(expression: &Expr) -> usize {
    match expression {
        Expr::BinaryOp {
            op: Binary::StringConcat,
            ..
        } => 1,
        Expr::Function(Function {
            name,
            args: FunctionArguments::List(list),
            ..
        }) if name.to_string().to_ascii_lowercase().starts_with("concat") => {
            list.args.len().saturating_sub(1)
        }
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::super::Database;

    /// One a line.
    const HOSTILE: &str = include_str!("../../tests/hostile.sql");

    #[tokio::test]
    async fn no_hostile_statement_is_run() {
        let database = Database::sample(&["--query-timeout-seconds=1"]).await;
        let before = database.orders(None, "", 100).await.unwrap();
        let with_breaks = [
            "SELECT PG_Sleep\n(60)",
            "SELECT pg_sleep\u{b}(60)",
            "SELECT pg_sleep--\n(60)",
            "SELECT \0",
        ];
        let mut accepted = Vec::new();
        for sql in HOSTILE.lines().chain(with_breaks) {
            match database.query(sql, Vec::new()).await {
                Ok(_) => accepted.push(sql),
                Err(error) => {
                    let text = error.into_text();
                    assert!(text.contains("the query was refused"), "{sql}: {text}");
                }
            }
        }
        assert!(accepted.is_empty(), "{accepted:#?}");
        let after = database.orders(None, "", 100).await.unwrap();
        assert_eq!(after, before);
        assert_eq!(database.items(100).await.unwrap().len(), 6);
    }

    #[tokio::test]
    async fn what_asks_for_too_much_is_bounded() {
        let limits = [
            "--query-timeout-seconds=1",
            "--query-max-rows=50",
            "--query-max-bytes=8192",
        ];
        let database = Database::sample(&limits).await;
        for sql in [
            "SELECT a.id, b.customer, c.customer FROM orders a, orders b, orders c",
            "SELECT count(*) FROM orders a, orders b, orders c, orders d, orders e, orders f, orders g, orders h",
            "SELECT a.customer || b.customer || c.customer AS t \
             FROM orders a, orders b, orders c, orders d, orders e, orders f ORDER BY t",
            "SELECT DISTINCT a.id || b.id || c.id || d.id FROM orders a, orders b, orders c, orders d, orders e, orders f",
        ] {
            let started = Instant::now();
            match database.query(sql, Vec::new()).await {
                Ok(result) => assert!(result.truncated && result.rows.len() <= 50, "{sql}"),
                Err(error) => {
                    let text = error.into_text();
                    assert!(
                        text.contains("longer than 1 s") || text.contains("memory"),
                        "{sql}: {text}"
                    );
                }
            }
            // Later by what a busy machine takes.
            assert!(started.elapsed() < Duration::from_secs(5), "{sql}");
        }
    }

    #[tokio::test]
    async fn chains_and_nests_of_any_size_are_refused_or_run() {
        let database = Database::sample(&[]).await;
        for (part, count) in [
            ("1+", 1900),
            ("NOT ", 900),
            ("(", 3900),
            ("- ", 1900),
            ("1=", 1900),
        ] {
            let sql = format!("SELECT {}1", part.repeat(count));
            database.query(&sql, Vec::new()).await.unwrap_err();
        }
        let many = "SELECT 1 UNION ALL ".repeat(200) + "SELECT 1";
        let _ = database.query(&many, Vec::new()).await;
    }

    #[tokio::test]
    async fn ordinary_analysis_is_run() {
        let database = Database::sample(&[]).await;
        for sql in [
            "SELECT status, count(*), sum(total_cents) FROM orders GROUP BY status HAVING count(*) > 1 ORDER BY 2 DESC",
            "SELECT a.id, b.id FROM orders a JOIN orders b ON a.customer = b.customer AND a.id < b.id LIMIT 5",
            "WITH paid AS (SELECT * FROM orders WHERE status <> 'cancelled'), big AS (SELECT * FROM paid \
             WHERE total_cents > 20000) SELECT i.name, count(*) FROM big JOIN items i ON i.sku = big.sku GROUP BY i.name",
            "SELECT id, rank() OVER (PARTITION BY sku ORDER BY total_cents DESC) AS place FROM orders",
            "SELECT customer, CASE WHEN quantity > 1 THEN 'many' ELSE 'one' END FROM orders WHERE sku IN ('SKU-001', 'x')",
            "SELECT upper(name) || ' (' || sku || ')', CAST(price_cents AS real) / 100 FROM items WHERE name LIKE '%e%'",
            "SELECT count(DISTINCT customer), avg(quantity), coalesce(max(id), 'it''s none') FROM orders",
            "SELECT name FROM items WHERE NOT EXISTS (SELECT 1 FROM orders WHERE orders.sku = items.sku AND quantity > 1)",
            "SELECT sku FROM items UNION SELECT sku FROM orders ORDER BY sku",
            "SELECT \"id\" FROM \"orders\" WHERE status = 'it (is) no /* comment */ -- or' OR quantity BETWEEN 1 AND 2 ;",
        ] {
            let result = database.query(sql, Vec::new()).await;
            assert!(!result.unwrap().rows.is_empty(), "{sql}");
        }
    }
}
