//! The notes themselves: a bounded store in memory that knows nothing of MCP.

use std::collections::BTreeMap;

use tokio::sync::{RwLock, watch};

use crate::error::AppError;

/// How many notes there can be.
pub const MAX_NOTES: usize = 256;
/// How long a name can be, in bytes of UTF-8.
pub const MAX_NAME_BYTES: usize = 200;
/// How long the text of a note can be, in bytes of UTF-8.
pub const MAX_CONTENT_BYTES: usize = 16 * 1024;

/// Notes by name, shared by every session.
#[derive(Debug, Default)]
pub struct Notes {
    by_name: RwLock<BTreeMap<String, String>>,
    names_changed: watch::Sender<()>,
}

impl Notes {
    /// Store a note, and say whether it replaced one of the same name.
    pub async fn add(&self, name: String, content: String) -> Result<bool, AppError> {
        if name.trim().is_empty() {
            return Err(AppError::Shown("`name` must not be blank".into()));
        }
        check_size("name", &name, MAX_NAME_BYTES)?;
        check_size("content", &content, MAX_CONTENT_BYTES)?;

        let mut notes = self.by_name.write().await;
        if notes.len() >= MAX_NOTES && !notes.contains_key(&name) {
            return Err(AppError::Shown(format!(
                "there are {MAX_NOTES} notes already, which is the limit; replace one of them"
            )));
        }
        let replaced = notes.insert(name, content).is_some();
        if !replaced {
            self.names_changed.send_replace(());
        }
        Ok(replaced)
    }

    pub async fn get(&self, name: &str) -> Option<String> {
        self.by_name.read().await.get(name).cloned()
    }

    /// All notes, in the order of their names.
    pub async fn all(&self) -> BTreeMap<String, String> {
        self.by_name.read().await.clone()
    }

    /// Wakes its holder when a name was added.
    pub fn watch_names(&self) -> watch::Receiver<()> {
        self.names_changed.subscribe()
    }
}

fn check_size(what: &str, text: &str, limit: usize) -> Result<(), AppError> {
    let size = text.len();
    if size > limit {
        let text = format!("`{what}` is {size} bytes long; the limit is {limit}");
        return Err(AppError::Shown(text));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_number_and_the_size_of_notes_are_bounded() {
        let notes = Notes::default();
        for n in 0..MAX_NOTES {
            notes.add(format!("note {n}"), String::new()).await.unwrap();
        }
        let full = notes.add("one more".into(), String::new()).await;
        assert!(full.unwrap_err().into_text().contains("limit"));
        assert!(notes.add("note 0".into(), "new".into()).await.unwrap());

        let long = "x".repeat(MAX_CONTENT_BYTES + 1);
        let refused = notes.add("note 0".into(), long).await.unwrap_err();
        let text = "`content` is 16385 bytes long; the limit is 16384";
        assert_eq!(refused.into_text(), text);
        assert_eq!(notes.get("note 0").await.as_deref(), Some("new"));
    }
}
