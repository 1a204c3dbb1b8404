//! `catalog://all` and `catalog://item/{sku}`: the catalog as JSON.

use percent_encoding::percent_decode_str;
use rmcp::model::{Resource, ResourceContents as Contents, ResourceTemplate};

use super::{Answer, ResourceProvider};
use crate::server::McpServer;

pub const ALL: &str = "catalog://all";
pub const TEMPLATE: &str = "catalog://item/{sku}";
const ITEM_PREFIX: &str = "catalog://item/";
const MIME_TYPE: &str = "application/json";

pub struct Provider;

impl ResourceProvider for Provider {
    fn list<'a>(&self, _server: &'a McpServer) -> Answer<'a, Vec<Resource>> {
        let all = Resource::new(ALL, "catalog")
            .with_title("Catalog")
            .with_description("Every item with its price and stock")
            .with_mime_type(MIME_TYPE);
        Box::pin(async { Ok(vec![all]) })
    }

    fn templates(&self) -> Vec<ResourceTemplate> {
        vec![
            ResourceTemplate::new(TEMPLATE, "catalog-item")
                .with_title("Catalog item")
                .with_description("One item by its percent-encoded SKU")
                .with_mime_type(MIME_TYPE),
        ]
    }

    fn read<'a>(&self, server: &'a McpServer, uri: &'a str) -> Answer<'a, Option<Contents>> {
        Box::pin(async move {
            let (catalog, database) = (&server.catalog, &server.database);
            let text = if uri == ALL {
                serde_json::to_string(&*catalog.all(database).await?)?
            } else {
                // A variable of a URI template ends where one of these is not percent-encoded.
                let sku = uri.strip_prefix(ITEM_PREFIX);
                let Some(sku) = sku.filter(|it| !it.contains(['/', '?', '#', '&', ','])) else {
                    return Ok(None);
                };
                let sku = percent_decode_str(sku).decode_utf8_lossy();
                let Some(item) = catalog.item(database, &sku).await? else {
                    return Ok(None);
                };
                serde_json::to_string(&item)?
            };
            Ok(Some(Contents::text(text, uri).with_mime_type(MIME_TYPE)))
        })
    }
}

#[cfg(test)]
mod tests {
    use rmcp::model::ReadResourceRequestParams;
    use serde_json::{Value, json};

    use super::*;
    use crate::server::tests::{Client, connect};

    async fn read(client: &Client, uri: &str) -> Value {
        let request = ReadResourceRequestParams::new(uri);
        let read = client.read_resource(request).await.unwrap();
        let Contents::TextResourceContents { text, .. } = &read.contents[0] else {
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

        let expected =
            json!({"sku": "SKU-004", "name": "Monitor arm", "price_cents": 7950, "stock": 0});
        for sku in ["SKU-004", "%53KU%2D004"] {
            let uri = format!("catalog://item/{sku}");
            assert_eq!(read(&client, &uri).await, expected);
        }
    }

    #[tokio::test]
    async fn an_unknown_item_is_an_error() {
        let client = connect().await;
        for uri in ["catalog://item/none", "catalog://item/", "catalog://other"] {
            let request = ReadResourceRequestParams::new(uri);
            let read = client.read_resource(request).await;
            assert!(read.unwrap_err().to_string().contains("unknown resource"));
        }
    }
}
