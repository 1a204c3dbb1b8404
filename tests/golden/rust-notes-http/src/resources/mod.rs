//! The resources: one file for each family of URIs.

use futures_util::future::BoxFuture;
use rmcp::model::{Resource, ResourceContents as Contents, ResourceTemplate};

use crate::{error::AppError, server::McpServer};

pub mod notes;
// create-mcp-server:resource-modules

/// Every family of resources of this server.
const PROVIDERS: &[&dyn ResourceProvider] = &[
    &notes::Provider,
    // create-mcp-server:resource-providers
];

pub type Answer<'a, T> = BoxFuture<'a, Result<T, AppError>>;

/// A family of resources.
pub trait ResourceProvider: Sync {
    /// The resources that exist now.
    fn list<'a>(&self, server: &'a McpServer) -> Answer<'a, Vec<Resource>>;

    /// URI templates of resources that need not be listed.
    fn templates(&self) -> Vec<ResourceTemplate> {
        Vec::new()
    }

    /// The contents of `uri`, or `None` when there is no such resource in this family.
    fn read<'a>(&self, server: &'a McpServer, uri: &'a str) -> Answer<'a, Option<Contents>>;
}

pub async fn list(server: &McpServer) -> Result<Vec<Resource>, AppError> {
    let mut resources = Vec::new();
    for provider in PROVIDERS {
        resources.extend(provider.list(server).await?);
    }
    Ok(resources)
}

pub fn templates() -> Vec<ResourceTemplate> {
    PROVIDERS.iter().flat_map(|it| it.templates()).collect()
}

pub async fn read(server: &McpServer, uri: &str) -> Result<Option<Contents>, AppError> {
    for provider in PROVIDERS {
        let contents = provider.read(server, uri).await?;
        if contents.is_some() {
            return Ok(contents);
        }
    }
    Ok(None)
}
