//! One key of a table that is there, set. Pure.

use toml_edit::{Item, Value};

use super::{check_table, inline, key, parse, set_inline, whole_lines};
use crate::edit::{Problem, data::Data, newline, splice, split_bom};

/// `text` with `value` under `path`, whose first keys lead to a table that is there: replaced where it is, or else below
/// the last key of that table.
///
/// # Errors
///
/// Fails at the first thing that is not TOML, when something on the way is not a table, and when the table has neither a
/// header nor braces.
pub fn put(text: &str, path: &[&str], value: &Data) -> Result<String, Problem> {
    let (bom, body) = split_bom(text);
    let document = parse(body)?;
    let mut parent = document.as_item();
    let mut depth = 0;
    while depth + 1 < path.len() {
        let Some(inner) = parent.get(path[depth]) else {
            break;
        };
        check_table(body, inner, path[depth])?;
        parent = inner;
        depth += 1;
    }
    let (name, rest) = (path[depth], &path[depth + 1..]);
    let value = rest.iter().rev().fold(value.clone(), |inner, key| {
        Data::Map(vec![((*key).to_owned(), inner)])
    });
    if let Some(Item::Value(known)) = parent.get(name)
        && let Some(span) = known.span()
    {
        return Ok(format!("{bom}{}", splice(body, span, &inline(&value))));
    }
    if let Item::Value(Value::InlineTable(table)) = parent {
        return set_inline(
            bom,
            body,
            body,
            table.span(),
            (name, &value),
            &path[..depth],
        );
    }
    let table = parent.as_table().filter(|table| !table.is_dotted());
    let header = table.and_then(toml_edit::Table::span);
    let Some(header) = header.filter(|it| !it.is_empty() && parent.get(name).is_none()) else {
        let table = path[..depth].join(".");
        return Err(Problem::at(
            body,
            parent.span().map_or(0, |span| span.start),
            format!("`{table}` is not written as one table, so `{name}` cannot be added to it"),
        ));
    };
    let own = parent.as_table().into_iter().flatten();
    let ends = own.filter_map(|(_, item)| item.as_value()?.span());
    let end = ends
        .map(|span| whole_lines(body, span).end)
        .max()
        .unwrap_or_else(|| whole_lines(body, header).end);
    let newline = newline(body);
    let above = if body[..end].ends_with('\n') {
        ""
    } else {
        newline
    };
    let line = format!("{above}{} = {}{newline}", key(name), inline(&value));
    Ok(format!("{bom}{}", splice(body, end..end, &line)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_joins_its_table_wherever_that_is() {
        let value = Data::text("v");
        for (before, path, after) in [
            (
                "[a]\nx = 1 # one\n\n[b]\n",
                &["a", "y"][..],
                "[a]\nx = 1 # one\ny = \"v\"\n\n[b]\n",
            ),
            (
                "[a]\r\n[a.z]\r\nq = 1\r\n",
                &["a", "y"],
                "[a]\r\ny = \"v\"\r\n[a.z]\r\nq = 1\r\n",
            ),
            ("[a]\nx = 1 # one\n", &["a", "x"], "[a]\nx = \"v\" # one\n"),
            (
                "[a]\n# why",
                &["a", "env", "N"],
                "[a]\nenv = { N = \"v\" }\n# why",
            ),
            ("[a]\nx = 1", &["a", "y"], "[a]\nx = 1\ny = \"v\"\n"),
            (
                "[a]\nenv = { M = 1 }\n",
                &["a", "env", "N"],
                "[a]\nenv = { M = 1, N = \"v\" }\n",
            ),
            (
                "[a.env]\nM = 1\n[c]\n",
                &["a", "env", "N"],
                "[a.env]\nM = 1\nN = \"v\"\n[c]\n",
            ),
            ("a = { x = 1 }\n", &["a", "y"], "a = { x = 1, y = \"v\" }\n"),
            (
                "[a]\nx = [\n  1,\n]\n",
                &["a", "y"],
                "[a]\nx = [\n  1,\n]\ny = \"v\"\n",
            ),
        ] {
            assert_eq!(put(before, path, &value).as_deref(), Ok(after), "{before}");
        }
        for (before, path) in [
            ("a.x = 1\n", &["a", "y"][..]),
            ("a = 3\n", &["a", "y"]),
            ("[a.b]\n", &["a", "b"]),
        ] {
            let problem = put(before, path, &value).expect_err(before);
            assert_eq!((problem.line, problem.column > 0), (1, true));
        }
    }
}
