//! The keys that the authorization server signs tokens with.

use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use jsonwebtoken::jwk::{Jwk, JwkSet, PublicKeyUse};
use reqwest::{Client, Url, redirect::Policy};
use serde::{Deserialize, de::DeserializeOwned};
use tokio::sync::{Mutex, RwLock};

/// How long one request may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// How soon the authorization server may be asked again, whatever tokens say.
const PAUSE: Duration = Duration::from_secs(5);
/// When keys are asked for again, and how long they count when there is no answer.
const FRESH: Duration = Duration::from_secs(600);
const USABLE: Duration = Duration::from_secs(3600);

pub struct Keys {
    issuer: String,
    http: Client,
    known: RwLock<Option<(JwkSet, Instant)>>,
    /// When they were last asked for. Who holds it asks; the others wait.
    asked: Mutex<Option<Instant>>,
}

#[derive(Deserialize)]
struct Metadata {
    issuer: String,
    jwks_uri: String,
}

impl Keys {
    pub fn new(issuer: &str) -> reqwest::Result<Self> {
        let http = Client::builder().redirect(Policy::none()).no_proxy();
        Ok(Self {
            issuer: issuer.to_owned(),
            http: http.timeout(PATIENCE).build()?,
            known: RwLock::default(),
            asked: Mutex::default(),
        })
    }

    /// The key with this id, if there is one. Fails when no keys can be had.
    pub async fn get(&self, id: Option<&str>) -> anyhow::Result<Option<Jwk>> {
        if let Some(key) = self.find(id, FRESH).await? {
            return Ok(Some(key));
        }
        let mut asked = self.asked.lock().await;
        if asked.is_none_or(|at| at.elapsed() > PAUSE) {
            *asked = Some(Instant::now());
            match self.fetch().await {
                Ok(keys) => *self.known.write().await = Some((keys, Instant::now())),
                Err(error) => tracing::warn!("the authorization server has no keys: {error:#}"),
            }
        }
        match &*self.known.read().await {
            Some((_, since)) if since.elapsed() < USABLE => {}
            _ => bail!("there are no keys"),
        }
        self.find(id, USABLE).await
    }

    async fn find(&self, id: Option<&str>, age: Duration) -> anyhow::Result<Option<Jwk>> {
        let known = self.known.read().await;
        let Some((keys, _)) = known.as_ref().filter(|(_, since)| since.elapsed() < age) else {
            return Ok(None);
        };
        let signs = |key: &&Jwk| {
            let purpose = key.common.public_key_use.as_ref();
            let named = id.is_none() || key.common.key_id.as_deref() == id;
            named && purpose.is_none_or(|it| *it == PublicKeyUse::Signature)
        };
        let mut keys = keys.keys.iter().filter(signs);
        // A token must mean one key.
        let (key, None) = (keys.next(), keys.next()) else {
            return Ok(None);
        };
        Ok(key.cloned())
    }

    async fn fetch(&self) -> anyhow::Result<JwkSet> {
        let issuer: Url = self.issuer.parse()?;
        let path = issuer.path().trim_end_matches('/');
        let mut failure = None;
        for place in [
            format!("/.well-known/oauth-authorization-server{path}"),
            format!("/.well-known/openid-configuration{path}"),
            format!("{path}/.well-known/openid-configuration"),
        ] {
            match self.read::<Metadata>(issuer.join(&place)?).await {
                Ok(metadata) if metadata.issuer == self.issuer => {
                    let keys: Url = metadata.jwks_uri.parse()?;
                    if issuer.scheme() == "https" && keys.scheme() != "https" {
                        bail!("`jwks_uri` is not `https`");
                    }
                    return self.read(keys).await;
                }
                Ok(_) => failure = Some(anyhow::anyhow!("{place} is of another issuer")),
                Err(error) => failure = Some(error),
            }
        }
        Err(failure.context("no metadata")?)
    }

    async fn read<T: DeserializeOwned>(&self, url: Url) -> anyhow::Result<T> {
        let response = self.http.get(url).send().await?;
        if !response.status().is_success() {
            bail!("{} answers {}", response.url(), response.status());
        }
        Ok(response.json().await?)
    }
}
