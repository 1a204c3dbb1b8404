//! Errors whose text is safe to show to a model or a user.

use std::time::Duration;

use rmcp::ErrorData;
use rmcp::model::{ContentBlock, IntoContents};
use serde_json::json;

type Source = Box<dyn std::error::Error + Send + Sync>;

#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The caller can fix this; the text says how.
    #[error("{0}")]
    InvalidInput(String),
    #[error("{kind} `{id}` was not found")]
    NotFound { kind: &'static str, id: String },
    #[error("the request was stopped after {} s", .0.as_secs())]
    TimedOut(Duration),
    #[error("the request was cancelled")]
    Cancelled,
    /// The source is logged and never shown.
    #[error("an internal error occurred")]
    Internal(#[source] Source),
}

impl AppError {
    pub fn internal(source: impl Into<Source>) -> Self {
        Self::Internal(source.into())
    }

    /// What a client hears that asked for `uri`.
    pub(crate) fn of_reading(self, uri: &str) -> ErrorData {
        let missing = matches!(self, Self::NotFound { .. });
        let mut error = ErrorData::from(self);
        error.data = missing.then(|| json!({ "uri": uri }));
        error
    }

    fn log(&self) {
        if let Self::Internal(source) = self {
            tracing::error!(error = %source, "internal error");
        }
    }
}

/// Settings that cannot work. The text names the variable, and fits on one line.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(pub String);

/// For tools: `Err(AppError)` becomes a result with `isError`, which the model can read.
impl IntoContents for AppError {
    fn into_contents(self) -> Vec<ContentBlock> {
        self.log();
        vec![ContentBlock::text(self.to_string())]
    }
}

/// For resources, prompts and completions: a JSON-RPC error.
impl From<AppError> for ErrorData {
    fn from(error: AppError) -> Self {
        error.log();
        let text = error.to_string();
        match error {
            AppError::InvalidInput(_) => Self::invalid_params(text, None),
            AppError::NotFound { .. } => Self::resource_not_found(text, None),
            _ => Self::internal_error(text, None),
        }
    }
}

#[cfg(test)]
mod tests {
    use rmcp::model::ErrorCode;

    use super::*;

    #[test]
    fn an_internal_error_keeps_its_cause_to_itself() {
        let error = AppError::internal("/etc/secret is unreadable");
        let data = ErrorData::from(error);
        assert_eq!(data.code, ErrorCode::INTERNAL_ERROR);
        assert_eq!(data.message, "an internal error occurred");
    }
}
