//! `note://internal/{name}`: the notes, each a text.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use rmcp::model::{Resource, ResourceContents as Contents, ResourceTemplate};

use super::{Answer, ResourceProvider};
use crate::server::McpServer;

pub const TEMPLATE: &str = "note://internal/{name}";
const PREFIX: &str = "note://internal/";
const MIME_TYPE: &str = "text/plain";

/// All but the unreserved characters of RFC 3986.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The URI of the note called `name`.
pub fn uri(name: &str) -> String {
    format!("{PREFIX}{}", utf8_percent_encode(name, RESERVED))
}

pub struct Provider;

impl ResourceProvider for Provider {
    fn list<'a>(&self, server: &'a McpServer) -> Answer<'a, Vec<Resource>> {
        Box::pin(async {
            let names = server.notes.all().await.into_keys();
            let resource = |name: String| {
                let description = format!("The note called {name}");
                Resource::new(uri(&name), name)
                    .with_description(description)
                    .with_mime_type(MIME_TYPE)
            };
            Ok(names.map(resource).collect())
        })
    }

    fn templates(&self) -> Vec<ResourceTemplate> {
        vec![
            ResourceTemplate::new(TEMPLATE, "note")
                .with_title("Note")
                .with_description("A note by its percent-encoded name")
                .with_mime_type(MIME_TYPE),
        ]
    }

    fn read<'a>(&self, server: &'a McpServer, uri: &'a str) -> Answer<'a, Option<Contents>> {
        Box::pin(async move {
            // A variable of a URI template ends where one of these is not percent-encoded.
            let name = uri.strip_prefix(PREFIX);
            let Some(name) = name.filter(|it| !it.contains(['/', '?', '#', '&', ','])) else {
                return Ok(None);
            };
            let name = percent_decode_str(name).decode_utf8_lossy();
            let content = server.notes.get(&name).await;
            Ok(content.map(|text| Contents::text(text, uri).with_mime_type(MIME_TYPE)))
        })
    }
}

#[cfg(test)]
mod tests {
    use rmcp::model::ReadResourceRequestParams;
    use serde_json::json;

    use super::*;
    use crate::server::tests::{call, connect};

    #[tokio::test]
    async fn a_note_of_any_name_is_listed_and_read() {
        let client = connect().await;
        for name in ["groceries", "a/b?c=d#e", "100 %", "買い物 🛒", "..", "ÅÉ"] {
            call(&client, "add-note", json!({"name": name, "content": name})).await;

            let resources = client.list_all_resources().await.unwrap();
            let resource = resources.iter().find(|it| it.name == name).unwrap();
            let request = ReadResourceRequestParams::new(resource.uri.clone());
            let read = client.read_resource(request).await.unwrap();
            let expected = Contents::text(name, resource.uri.as_str());
            assert_eq!(read.contents, [expected.with_mime_type(MIME_TYPE)]);
        }
    }

    #[tokio::test]
    async fn an_unknown_note_is_an_error() {
        let client = connect().await;
        for uri in [&*uri("none"), "note://internal/a/b", "other://x"] {
            let read = client
                .read_resource(ReadResourceRequestParams::new(uri))
                .await;
            assert!(read.unwrap_err().to_string().contains("unknown resource"));
        }
    }
}
