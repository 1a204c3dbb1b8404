//! `note://internal/{name}`: the notes, each a text.

use async_trait::async_trait;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use rmcp::model::{Resource, ResourceContents, ResourceTemplate};

use super::ResourceProvider;
use crate::McpServer;
use crate::error::AppError;

pub const TEMPLATE: &str = "note://internal/{name}";
const PREFIX: &str = "note://internal/";
const MIME_TYPE: &str = "text/plain";

/// What ends a variable of a URI template, unless it is percent-encoded.
const DELIMITERS: [char; 5] = ['/', '?', '#', '&', ','];

/// All but the unreserved characters of RFC 3986.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The URI of the note called `name`.
#[must_use]
pub fn uri(name: &str) -> String {
    format!("{PREFIX}{}", utf8_percent_encode(name, RESERVED))
}

/// Values for an argument of [`TEMPLATE`].
pub(crate) async fn complete(server: &McpServer, argument: &str) -> Vec<String> {
    match argument {
        "name" => server.notes.names().await,
        _ => Vec::new(),
    }
}

pub(super) struct Notes;

#[async_trait]
impl ResourceProvider for Notes {
    async fn list(&self, server: &McpServer) -> Result<Vec<Resource>, AppError> {
        let names = server.notes.names().await;
        let resources = names.into_iter().map(|name| {
            let description = format!("The note called {name}");
            Resource::new(uri(&name), name)
                .with_description(description)
                .with_mime_type(MIME_TYPE)
        });
        Ok(resources.collect())
    }

    fn templates(&self) -> Vec<ResourceTemplate> {
        vec![
            ResourceTemplate::new(TEMPLATE, "note")
                .with_title("Note")
                .with_description("A note by its percent-encoded name")
                .with_mime_type(MIME_TYPE),
        ]
    }

    async fn read(
        &self,
        server: &McpServer,
        uri: &str,
    ) -> Result<Option<Vec<ResourceContents>>, AppError> {
        let encoded = uri.strip_prefix(PREFIX);
        let Some(encoded) = encoded.filter(|it| !it.contains(DELIMITERS)) else {
            return Ok(None);
        };
        let name = percent_decode_str(encoded)
            .decode_utf8()
            .map_err(|_| AppError::InvalidInput(format!("`{uri}` is not percent-encoded UTF-8")))?;
        match server.notes.get(&name).await {
            Some(content) => {
                let contents = ResourceContents::text(content, uri).with_mime_type(MIME_TYPE);
                Ok(Some(vec![contents]))
            }
            None => Err(AppError::NotFound {
                kind: "note",
                id: name.into_owned(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use rmcp::model::{ErrorCode, ReadResourceRequestParams};
    use serde_json::json;

    use super::*;
    use crate::testing::{call, connect, connect_legacy, error_code};

    #[tokio::test]
    async fn a_note_of_any_name_is_listed_and_read() {
        let client = connect().await;
        for name in ["groceries", "a/b?c=d#e", "100 %", "買い物 🛒", "..", "ÅÉ"] {
            let note = json!({"name": name, "content": name});
            call(&client, "add-note", note).await;

            let resources = client.list_all_resources().await.unwrap();
            let resource = resources.iter().find(|it| it.name == name).unwrap();
            let request = ReadResourceRequestParams::new(resource.uri.clone());
            let read = client.read_resource(request).await.unwrap();
            let ResourceContents::TextResourceContents { text, uri, .. } = &read.contents[0] else {
                panic!("a note is a text");
            };
            assert_eq!((text.as_str(), uri), (name, &resource.uri));
        }
    }

    #[tokio::test]
    async fn a_long_list_comes_in_pages() {
        let client = connect().await;
        for n in 0..120 {
            let note = json!({"name": format!("note {n}"), "content": ""});
            call(&client, "add-note", note).await;
        }
        let first = client.list_resources(None).await.unwrap();
        assert_eq!(first.resources.len(), 50);
        let all = client.list_all_resources().await.unwrap();
        let notes = all.iter().filter(|it| it.uri.starts_with(PREFIX));
        assert_eq!(notes.count(), 120);
    }

    #[tokio::test]
    async fn an_unknown_note_is_the_error_of_each_revision() {
        for uri in [&*uri("none"), "note://internal/a/b", "other://x"] {
            let read = ReadResourceRequestParams::new(uri);
            let error = connect().await.read_resource(read.clone()).await;
            assert_eq!(error_code(error), ErrorCode::INVALID_PARAMS);
            let error = connect_legacy().await.read_resource(read).await;
            assert_eq!(error_code(error), ErrorCode::RESOURCE_NOT_FOUND);
        }
    }
}
