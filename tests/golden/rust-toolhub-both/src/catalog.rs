//! The catalog, read from the database at most once in a while.

use std::sync::Arc;
use std::time::{Duration, Instant};

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
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Items {
    pub items: Vec<Item>,
    /// Whether there are more than [`MAX_ITEMS`].
    pub truncated: bool,
}

#[derive(Debug, Clone)]
pub struct Catalog {
    database: Database,
    ttl: Duration,
    last: Arc<Mutex<Last>>,
}

/// How the last reading of the database went.
#[derive(Debug, Default)]
struct Last {
    items: Option<(Instant, Arc<Items>)>,
    failed: Option<(Instant, &'static str)>,
}

impl Catalog {
    #[must_use]
    pub fn new(database: Database, ttl: Duration) -> Self {
        Self {
            database,
            ttl,
            last: Arc::default(),
        }
    }

    /// Every item. Who asks while the database is being read waits for that, and shares its outcome.
    ///
    /// # Errors
    ///
    /// Fails when the database does.
    pub async fn all(&self) -> Result<Arc<Items>, AppError> {
        let asked = Instant::now();
        let mut last = self.last.lock().await;
        if let Some((read, items)) = &last.items
            && (read.elapsed() < self.ttl || *read > asked)
        {
            return Ok(Arc::clone(items));
        }
        if let Some((failed, reason)) = last.failed
            && failed > asked
        {
            return Err(AppError::Unavailable(reason));
        }
        let began = Instant::now();
        match self.database.items(MAX_ITEMS + 1).await {
            Ok(mut items) => {
                let truncated = items.len() > MAX_ITEMS as usize;
                items.truncate(MAX_ITEMS as usize);
                let items = Arc::new(Items { items, truncated });
                last.items = Some((began, Arc::clone(&items)));
                Ok(items)
            }
            Err(error) => {
                if let AppError::Unavailable(reason) = error {
                    last.failed = Some((Instant::now(), reason));
                }
                Err(error)
            }
        }
    }

    /// One item.
    ///
    /// # Errors
    ///
    /// Fails when the database does.
    pub async fn item(&self, sku: &str) -> Result<Option<Item>, AppError> {
        let all = self.all().await?;
        let found = all.items.iter().find(|item| item.sku == sku);
        if found.is_none() && all.truncated {
            return self.database.item(sku).await;
        }
        Ok(found.cloned())
    }

    /// The first SKUs that start with `prefix`.
    ///
    /// # Errors
    ///
    /// Fails when the database does.
    pub async fn skus(&self, prefix: &str, limit: u32) -> Result<Vec<String>, AppError> {
        self.database.skus(prefix, limit).await
    }
}

#[cfg(test)]
mod tests {
    use tokio::task::JoinSet;

    use super::*;

    async fn catalog(ttl: Duration) -> Catalog {
        Catalog::new(Database::sample().await, ttl)
    }

    #[tokio::test]
    async fn the_catalog_is_read_once_by_all_who_ask_at_the_same_time() {
        let catalog = catalog(Duration::from_secs(60)).await;
        let mut readers = JoinSet::new();
        for _ in 0..20 {
            let catalog = catalog.clone();
            readers.spawn(async move { catalog.all().await.unwrap() });
        }
        let first = catalog.all().await.unwrap();
        assert_eq!(first.items.len(), 6);
        for same in readers.join_all().await {
            assert!(Arc::ptr_eq(&first, &same));
        }
    }

    #[tokio::test]
    async fn what_is_too_old_is_read_again() {
        let catalog = catalog(Duration::ZERO).await;
        let first = catalog.all().await.unwrap();
        let second = catalog.all().await.unwrap();
        assert!(!Arc::ptr_eq(&first, &second));
        assert_eq!(first, second);
    }

    #[tokio::test]
    async fn one_item_is_found_and_another_is_not() {
        let catalog = catalog(Duration::from_secs(60)).await;
        let item = catalog.item("SKU-002").await.unwrap().unwrap();
        assert_eq!(item.name, "Office chair");
        assert_eq!(catalog.item("sku-002").await.unwrap(), None);
        let skus = catalog.skus("SKU-00", 2).await.unwrap();
        assert_eq!(skus, ["SKU-001", "SKU-002"]);
    }
}
