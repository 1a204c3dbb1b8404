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
    ///
    /// # Errors
    ///
    /// Fails when a limit would be exceeded, or the name is blank.
    pub async fn add(&self, name: String, content: String) -> Result<bool, AppError> {
        if name.trim().is_empty() {
            return Err(AppError::InvalidInput("`name` must not be blank".into()));
        }
        check_size("name", &name, MAX_NAME_BYTES)?;
        check_size("content", &content, MAX_CONTENT_BYTES)?;

        let mut notes = self.by_name.write().await;
        let replaced = notes.contains_key(&name);
        if !replaced && notes.len() >= MAX_NOTES {
            return Err(AppError::InvalidInput(format!(
                "there are {MAX_NOTES} notes already, which is the limit; replace one of them"
            )));
        }
        notes.insert(name, content);
        drop(notes);
        if !replaced {
            self.names_changed.send_replace(());
        }
        Ok(replaced)
    }

    /// The text of one note.
    pub async fn get(&self, name: &str) -> Option<String> {
        self.by_name.read().await.get(name).cloned()
    }

    /// Every name, in order.
    pub async fn names(&self) -> Vec<String> {
        self.by_name.read().await.keys().cloned().collect()
    }

    /// Every name and text, in the order of the names.
    pub async fn all(&self) -> Vec<(String, String)> {
        let notes = self.by_name.read().await;
        notes
            .iter()
            .map(|(name, content)| (name.clone(), content.clone()))
            .collect()
    }

    /// Wakes its holder when the set of names has changed.
    pub fn watch_names(&self) -> watch::Receiver<()> {
        self.names_changed.subscribe()
    }
}

fn check_size(what: &str, text: &str, limit: usize) -> Result<(), AppError> {
    if text.len() > limit {
        return Err(AppError::InvalidInput(format!(
            "`{what}` is {} bytes long; the limit is {limit}",
            text.len()
        )));
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
        assert!(full.unwrap_err().to_string().contains("limit"));
        assert!(notes.add("note 0".into(), "new".into()).await.unwrap());

        let long = notes.add("note 0".into(), "x".repeat(MAX_CONTENT_BYTES + 1));
        let text = long.await.unwrap_err().to_string();
        assert_eq!(text, "`content` is 16385 bytes long; the limit is 16384");
        assert_eq!(notes.get("note 0").await.as_deref(), Some("new"));
    }

    #[tokio::test]
    async fn only_a_new_name_wakes_the_watchers() {
        let notes = Notes::default();
        let names = notes.watch_names();
        notes.add("a".into(), "1".into()).await.unwrap();
        assert!(names.has_changed().unwrap());

        let names = notes.watch_names();
        notes.add("a".into(), "2".into()).await.unwrap();
        assert!(!names.has_changed().unwrap());
    }
}
