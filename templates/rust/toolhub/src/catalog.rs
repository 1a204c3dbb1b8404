//! The catalog, read from the database at most once in a while.

use std::sync::Arc;
use std::time::Instant;

use serde::Serialize;
use tokio::sync::Mutex;

use crate::database::Database;
use crate::error::AppError;

/// How many items are held in memory and shown at a time.
pub const MAX_ITEMS: u32 = 1000;

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Item {
    pub sku: String,
    pub name: String,
    pub price_cents: i64,
    pub stock: i64,
}

/// The items in the order of their SKUs.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Items {
    pub items: Vec<Item>,
    /// Whether there are more than [`MAX_ITEMS`].
    pub truncated: bool,
}

#[derive(Debug, Default)]
pub struct Catalog(Mutex<Option<(Instant, Arc<Items>)>>);

impl Catalog {
    /// Every item. Who asks while the database is being read waits for that.
    pub async fn all(&self, database: &Database) -> Result<Arc<Items>, AppError> {
        let mut last = self.0.lock().await;
        if let Some((read, items)) = &*last
            && read.elapsed() < database.settings.catalog_ttl()
        {
            return Ok(items.clone());
        }
        let began = Instant::now();
        let mut items = database.items(MAX_ITEMS + 1).await?;
        let truncated = items.len() > MAX_ITEMS as usize;
        items.truncate(MAX_ITEMS as usize);
        let items = Arc::new(Items { items, truncated });
        *last = Some((began, items.clone()));
        Ok(items)
    }

    pub async fn item(&self, database: &Database, sku: &str) -> Result<Option<Item>, AppError> {
        let all = self.all(database).await?;
        let found = all.items.iter().find(|item| item.sku == sku);
        if found.is_none() && all.truncated {
            return database.item(sku).await;
        }
        Ok(found.cloned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_catalog_is_read_once_in_a_while() {
        for (ttl, once) in [("60", true), ("0", false)] {
            let database = Database::sample(&["--catalog-ttl-seconds", ttl]).await;
            let catalog = Catalog::default();
            let first = catalog.all(&database).await.unwrap();
            let second = catalog.all(&database).await.unwrap();
            assert_eq!(first.items.len(), 6);
            assert_eq!(first, second);
            assert_eq!(Arc::ptr_eq(&first, &second), once);
        }
    }
}
