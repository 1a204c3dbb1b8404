//! Orders, as tools and prompts show them. Where they are stored is not known here.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::AppError;

/// How long the identifier of an order can be, in bytes of UTF-8.
pub const MAX_ID_BYTES: usize = 64;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OrderStatus {
    Pending,
    Shipped,
    Delivered,
    Cancelled,
}

impl OrderStatus {
    const ALL: [Self; 4] = [
        Self::Pending,
        Self::Shipped,
        Self::Delivered,
        Self::Cancelled,
    ];

    /// The name that callers and the database use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Shipped => "shipped",
            Self::Delivered => "delivered",
            Self::Cancelled => "cancelled",
        }
    }

    /// The status of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == name)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Order {
    /// Identifier of the order, for example `ORD-1001`.
    pub id: String,
    pub customer: String,
    pub status: OrderStatus,
    /// The item of the catalog that was ordered.
    pub sku: String,
    pub quantity: i64,
    pub total_cents: i64,
    /// When the order was placed: UTC, as RFC 3339 writes it.
    pub created_at: String,
}

/// Refuse what cannot be the identifier of an order.
pub fn check_id(id: &str) -> Result<(), AppError> {
    if id.is_empty() || id.len() > MAX_ID_BYTES {
        return Err(AppError::Shown(format!(
            "`order_id` must have 1 to {MAX_ID_BYTES} bytes"
        )));
    }
    Ok(())
}

pub fn not_found(id: &str) -> AppError {
    AppError::Shown(format!("order `{id}` was not found"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_has_one_name_everywhere() {
        for status in OrderStatus::ALL {
            assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
            assert_eq!(OrderStatus::named(status.as_str()), Some(status));
        }
        assert_eq!(OrderStatus::named("Pending"), None);
    }
}
