//! Follows the cursors of a list, and refuses to follow them for ever. Pure.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::text;

/// Bounds on what one list may hold: far beyond any real server, small enough to end.
const MAX_PAGES: usize = 100;
const MAX_ITEMS: usize = 10_000;

/// Where in a list we are.
#[derive(Debug, Default)]
pub(super) struct Pages {
    fetched: usize,
    cursor: Option<String>,
    is_last: bool,
    seen: BTreeSet<String>,
}

impl Pages {
    /// The parameters of the next request; none after the last page.
    pub fn next(&mut self) -> Result<Option<Value>, String> {
        if self.is_last {
            return Ok(None);
        }
        if self.fetched == MAX_PAGES {
            return Err(format!("there are more than {MAX_PAGES} pages"));
        }
        let cursor = self.cursor.take();
        Ok(Some(cursor.map_or_else(
            || json!({}),
            |cursor| json!({"cursor": cursor}),
        )))
    }

    /// Note a page that came, and how many entries there are now.
    pub fn fetched(&mut self, next: Option<String>, items: usize) -> Result<(), String> {
        self.fetched += 1;
        if items > MAX_ITEMS {
            return Err(format!("there are more than {MAX_ITEMS} entries"));
        }
        match &next {
            None => self.is_last = true,
            Some(cursor) if !self.seen.insert(cursor.clone()) => {
                return Err(format!(
                    "its cursor `{}` leads back to itself",
                    text::shown(cursor, text::LINE)
                ));
            }
            Some(_) => {}
        }
        self.cursor = next;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_end_when_there_is_no_cursor() {
        let mut pages = Pages::default();
        assert_eq!(pages.next(), Ok(Some(json!({}))));
        pages.fetched(Some("a".to_owned()), 1).unwrap();
        assert_eq!(pages.next(), Ok(Some(json!({"cursor": "a"}))));
        pages.fetched(None, 2).unwrap();
        assert_eq!(pages.next(), Ok(None));
    }

    #[test]
    fn endless_and_circular_pages_are_refused() {
        let mut pages = Pages::default();
        for number in 0..MAX_PAGES {
            pages.next().unwrap();
            pages.fetched(Some(number.to_string()), 1).unwrap();
        }
        assert!(pages.next().unwrap_err().contains("more than 100 pages"));
        let mut circle = Pages::default();
        circle.fetched(Some("a".to_owned()), 1).unwrap();
        assert!(
            circle
                .fetched(Some("a".to_owned()), 1)
                .unwrap_err()
                .contains("leads back")
        );
        assert!(Pages::default().fetched(None, MAX_ITEMS + 1).is_err());
    }
}
