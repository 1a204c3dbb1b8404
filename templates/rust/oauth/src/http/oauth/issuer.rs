//! The authorization server, as far as it is asked: for its metadata, and for the keys
//! that its tokens are signed with. Nothing of a request reaches it.

use std::io;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, Uri, header};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rustls::crypto::aws_lc_rs;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::keys::KeySet;
use super::settings::Issuer;

/// How long finding the keys may take, from the first request to the last byte.
const PATIENCE: Duration = Duration::from_secs(5);

const MAX_DOCUMENT_BYTES: usize = 256 * 1024;

/// For the log: clients learn only that their token cannot be checked now.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct IssuerError(String);

/// Follows no redirect and asks no proxy.
#[derive(Debug)]
pub(super) struct AuthorizationServer {
    issuer: Issuer,
    http: Client<HttpsConnector<HttpConnector>, Body>,
}

#[derive(Deserialize)]
struct Metadata {
    issuer: String,
    jwks_uri: String,
}

#[derive(Deserialize)]
struct KeyDocument {
    keys: Vec<Value>,
}

impl AuthorizationServer {
    pub(super) fn new(issuer: Issuer) -> io::Result<Self> {
        let connector = HttpsConnectorBuilder::new()
            .with_provider_and_native_roots(aws_lc_rs::default_provider())?
            .https_or_http()
            .enable_http1()
            .build();
        let http = Client::builder(TokioExecutor::new())
            .pool_max_idle_per_host(0)
            .build(connector);
        Ok(Self { issuer, http })
    }

    /// The keys that it signs tokens with now.
    pub(super) async fn keys(&self) -> Result<KeySet, IssuerError> {
        let keys = async {
            let document: KeyDocument = self.get(&self.keys_url().await?).await?;
            let keys = KeySet::of(document.keys);
            if keys.is_empty() {
                return Err(IssuerError(
                    "it has no key that this server can use".to_owned(),
                ));
            }
            Ok(keys)
        };
        match tokio::time::timeout(PATIENCE, keys).await {
            Ok(keys) => keys,
            Err(_) => Err(IssuerError(format!(
                "no answer in {} s",
                PATIENCE.as_secs()
            ))),
        }
    }

    async fn keys_url(&self) -> Result<String, IssuerError> {
        let mut failures = Vec::new();
        for url in self.issuer.metadata_urls() {
            match self.get::<Metadata>(&url).await {
                Ok(metadata) if metadata.issuer == self.issuer.name() => {
                    return match self.issuer.check_link(&metadata.jwks_uri) {
                        Ok(()) => Ok(metadata.jwks_uri),
                        Err(why) => Err(IssuerError(format!("`jwks_uri` at {url}: {why}"))),
                    };
                }
                Ok(_) => failures.push(format!("{url} is the metadata of another issuer")),
                Err(error) => failures.push(error.to_string()),
            }
        }
        Err(IssuerError(failures.join("; ")))
    }

    async fn get<T: DeserializeOwned>(&self, url: &str) -> Result<T, IssuerError> {
        let fail = |why: &dyn std::fmt::Display| IssuerError(format!("{url}: {why}"));
        let uri: Uri = url.parse().map_err(|error| fail(&error))?;
        let request = Request::get(uri)
            .header(header::ACCEPT, "application/json")
            .body(Body::empty())
            .map_err(|error| fail(&error))?;
        let response = self.http.request(request).await.map_err(|error| {
            // The cause says more than "client error (Connect)".
            match std::error::Error::source(&error) {
                Some(cause) => fail(&cause),
                None => fail(&error),
            }
        })?;
        if response.status() != StatusCode::OK {
            return Err(fail(&response.status()));
        }
        let body = to_bytes(Body::new(response.into_body()), MAX_DOCUMENT_BYTES).await;
        let body = body.map_err(|error| fail(&error))?;
        serde_json::from_slice(&body).map_err(|error| fail(&error))
    }
}
