//! The resources: one file for each family of URIs.

use async_trait::async_trait;
use rmcp::model::{Resource, ResourceContents, ResourceTemplate};

use crate::McpServer;
use crate::error::AppError;

pub mod catalog;
// create-mcp-server:resource-modules

/// A family of resources.
#[async_trait]
pub trait ResourceProvider: Send + Sync {
    /// The resources that exist now.
    async fn list(&self, server: &McpServer) -> Result<Vec<Resource>, AppError>;

    /// URI templates of resources that need not be listed.
    fn templates(&self) -> Vec<ResourceTemplate> {
        Vec::new()
    }

    /// Contents of `uri`, or `None` when it belongs to another family.
    async fn read(
        &self,
        server: &McpServer,
        uri: &str,
    ) -> Result<Option<Vec<ResourceContents>>, AppError>;
}

/// Every family of resources of this server.
pub(crate) fn providers() -> Vec<Box<dyn ResourceProvider>> {
    vec![
        Box::new(catalog::Catalog),
        // create-mcp-server:resource-providers
    ]
}
