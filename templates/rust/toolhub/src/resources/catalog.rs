//! `catalog://all` and `catalog://item/{sku}`: the catalog as JSON.

use async_trait::async_trait;
use percent_encoding::percent_decode_str;
use rmcp::model::{Resource, ResourceContents, ResourceTemplate};
use serde::Serialize;

use super::ResourceProvider;
use crate::McpServer;
use crate::error::AppError;

pub const ALL: &str = "catalog://all";
pub const TEMPLATE: &str = "catalog://item/{sku}";
const ITEM_PREFIX: &str = "catalog://item/";
const MIME_TYPE: &str = "application/json";

/// What ends a variable of a URI template, unless it is percent-encoded.
const DELIMITERS: [char; 5] = ['/', '?', '#', '&', ','];

/// One more than a completion can hold, which shows that there are more.
const COMPLETIONS: u32 = 101;

/// Values for an argument of [`TEMPLATE`] that start with what was typed.
pub(crate) async fn complete(
    server: &McpServer,
    argument: &str,
    typed: &str,
) -> Result<Vec<String>, AppError> {
    match argument {
        "sku" => server.catalog.skus(typed, COMPLETIONS).await,
        _ => Ok(Vec::new()),
    }
}

pub(super) struct Catalog;

#[async_trait]
impl ResourceProvider for Catalog {
    async fn list(&self, _server: &McpServer) -> Result<Vec<Resource>, AppError> {
        Ok(vec![
            Resource::new(ALL, "catalog")
                .with_title("Catalog")
                .with_description("Every item with its price and stock")
                .with_mime_type(MIME_TYPE),
        ])
    }

    fn templates(&self) -> Vec<ResourceTemplate> {
        vec![
            ResourceTemplate::new(TEMPLATE, "catalog-item")
                .with_title("Catalog item")
                .with_description("One item by its percent-encoded SKU")
                .with_mime_type(MIME_TYPE),
        ]
    }

    async fn read(
        &self,
        server: &McpServer,
        uri: &str,
    ) -> Result<Option<Vec<ResourceContents>>, AppError> {
        if uri == ALL {
            let items = server.catalog.all().await?;
            return json(uri, &*items).map(Some);
        }
        let encoded = uri.strip_prefix(ITEM_PREFIX);
        let Some(encoded) = encoded.filter(|it| !it.contains(DELIMITERS)) else {
            return Ok(None);
        };
        let sku = percent_decode_str(encoded)
            .decode_utf8()
            .map_err(|_| AppError::InvalidInput(format!("`{uri}` is not percent-encoded UTF-8")))?;
        match server.catalog.item(&sku).await? {
            Some(item) => json(uri, &item).map(Some),
            None => Err(AppError::NotFound {
                kind: "item",
                id: sku.into_owned(),
            }),
        }
    }
}

fn json(uri: &str, value: &impl Serialize) -> Result<Vec<ResourceContents>, AppError> {
    let text = serde_json::to_string(value).map_err(AppError::internal)?;
    Ok(vec![
        ResourceContents::text(text, uri).with_mime_type(MIME_TYPE),
    ])
}

#[cfg(test)]
mod tests {
    use rmcp::model::{ErrorCode, ReadResourceRequestParams};
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::{Client, connect, connect_legacy, error_code};

    async fn read(client: &Client, uri: &str) -> Value {
        let request = ReadResourceRequestParams::new(uri);
        let read = client.read_resource(request).await.unwrap();
        let ResourceContents::TextResourceContents { text, .. } = &read.contents[0] else {
            panic!("the catalog is a text");
        };
        serde_json::from_str(text).unwrap()
    }

    #[tokio::test]
    async fn the_catalog_and_its_items_are_read() {
        let client = connect().await;
        let listed = client.list_all_resources().await.unwrap();
        assert!(listed.iter().any(|it| it.uri == ALL));
        let all = read(&client, ALL).await;
        assert_eq!(all["items"].as_array().unwrap().len(), 6);
        assert_eq!(all["truncated"], false);

        let expected = json!({
            "sku": "SKU-004",
            "name": "Monitor arm",
            "price_cents": 7950,
            "stock": 0,
        });
        for sku in ["SKU-004", "%53KU%2D004"] {
            assert_eq!(
                read(&client, &format!("catalog://item/{sku}")).await,
                expected
            );
        }
    }

    #[tokio::test]
    async fn an_unknown_item_is_the_error_of_each_revision() {
        for uri in ["catalog://item/none", "catalog://item/", "catalog://other"] {
            let read = ReadResourceRequestParams::new(uri);
            let error = connect().await.read_resource(read.clone()).await;
            assert_eq!(error_code(error), ErrorCode::INVALID_PARAMS);
            let error = connect_legacy().await.read_resource(read).await;
            assert_eq!(error_code(error), ErrorCode::RESOURCE_NOT_FOUND);
        }
    }
}
