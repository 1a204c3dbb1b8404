//! What a tool, a resource or a prompt fails with.

use rmcp::model::{ContentBlock, IntoContents};

#[derive(Debug)]
pub enum AppError {
    /// The caller reads this text: it says what to do, and holds no path, query or secret.
    Shown(String),
    /// Only the log has the cause. `?` makes it of any other error.
    Internal(anyhow::Error),
}

impl AppError {
    /// What the caller reads.
    pub fn into_text(self) -> String {
        match self {
            Self::Shown(text) => text,
            Self::Internal(cause) => {
                tracing::error!("internal error: {cause:#}");
                "internal error".to_owned()
            }
        }
    }
}

impl<E: std::error::Error + Send + Sync + 'static> From<E> for AppError {
    fn from(cause: E) -> Self {
        Self::Internal(cause.into())
    }
}

/// For tools: a result with `isError`, which the model reads.
impl IntoContents for AppError {
    fn into_contents(self) -> Vec<ContentBlock> {
        vec![ContentBlock::text(self.into_text())]
    }
}

// create-mcp-server:errors
