//! Pages of a list that may change between two requests.

use crate::error::AppError;

/// A cursor names the last key that was seen, so that nothing is skipped or
/// repeated when earlier items come and go.
const PREFIX: &str = "after:";

/// The cursor of the page that follows the item with this key.
#[must_use]
pub fn cursor(last: &str) -> String {
    format!("{PREFIX}{last}")
}

/// The key that `cursor` names.
///
/// # Errors
///
/// Fails when it is not one of ours.
pub fn last_seen(cursor: &str) -> Result<&str, AppError> {
    cursor
        .strip_prefix(PREFIX)
        .ok_or_else(|| AppError::InvalidInput("`cursor` is not valid".to_owned()))
}

/// At most `size` items that follow `cursor` in the order of their keys, and
/// the cursor of the next page.
///
/// # Errors
///
/// Fails when `cursor` is not one of ours.
pub fn page<T>(
    mut items: Vec<T>,
    key: impl Fn(&T) -> &str,
    cursor: Option<&str>,
    size: usize,
) -> Result<(Vec<T>, Option<String>), AppError> {
    items.sort_by(|a, b| key(a).cmp(key(b)));
    if let Some(cursor) = cursor {
        let last = last_seen(cursor)?;
        items.drain(..items.partition_point(|item| key(item) <= last));
    }
    let more = items.len() > size;
    items.truncate(size);
    let last = items.last().filter(|_| more);
    let next = last.map(|item| self::cursor(key(item)));
    Ok((items, next))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(page: &[String]) -> Vec<&str> {
        page.iter().map(String::as_str).collect()
    }

    #[test]
    fn pages_visit_every_item_once_while_the_list_changes() {
        let list = |keys: &[&str]| keys.iter().map(ToString::to_string).collect::<Vec<_>>();

        let (first, next) = page(list(&["c", "a", "b", "d"]), |k| k, None, 2).unwrap();
        assert_eq!(keys(&first), ["a", "b"]);
        let (second, next) = page(list(&["c", "d"]), |k| k, next.as_deref(), 2).unwrap();
        assert_eq!(keys(&second), ["c", "d"]);
        assert_eq!(next, None);
    }

    #[test]
    fn a_foreign_cursor_is_refused() {
        let items = vec![String::from("a")];
        assert!(page(items, |k| k, Some("17"), 1).is_err());
    }
}
