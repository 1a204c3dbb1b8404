//! OAuth: which tokens are valid, what they allow, and where clients get them (RFC 9728).

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use axum::{Router, routing::get};
use jsonwebtoken::errors::{ErrorKind, Result as JwtResult};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use reqwest::Url;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::runtime::guard::{self, Caller};
use crate::runtime::http::{HttpSettings, MAX_BODY_BYTES};
use crate::runtime::keys::Keys;
use crate::tools;

const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "OAuth")]
pub struct OAuthSettings {
    /// Authorization server whose tokens are accepted: its issuer, exactly as it writes it.
    #[arg(
        long = "oauth-issuer",
        env = "MCP_OAUTH_ISSUER",
        default_value = "",
        hide_default_value = true
    )]
    pub issuer: String,
    /// URL of `/mcp` as clients know it; tokens must name it as their audience.
    #[arg(
        long = "oauth-resource",
        env = "MCP_OAUTH_RESOURCE",
        default_value = "",
        hide_default_value = true
    )]
    pub resource: String,
    /// Scopes that every request needs, with commas.
    #[arg(
        long = "oauth-scopes",
        env = "MCP_OAUTH_SCOPES",
        value_delimiter = ',',
        default_value = "mcp:read"
    )]
    pub scopes: Vec<String>,
    /// Scopes that a tool needs besides, unless it is read-only.
    #[arg(
        long = "oauth-write-scopes",
        env = "MCP_OAUTH_WRITE_SCOPES",
        value_delimiter = ',',
        default_value = "mcp:write"
    )]
    pub write_scopes: Vec<String>,
    /// Scopes of single tools in place of those, with commas: `tool=scope`.
    #[arg(
        long = "oauth-tool-scopes",
        env = "MCP_OAUTH_TOOL_SCOPES",
        value_delimiter = ','
    )]
    pub tool_scopes: Vec<String>,
}

type Scopes = BTreeSet<String>;

/// What the token of a request allows.
#[derive(Clone)]
struct Granted(Scopes);

#[derive(Deserialize)]
struct Claims {
    sub: String,
    scope: Option<Names>,
    scp: Option<Names>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Names {
    Text(String),
    List(Vec<String>),
}

pub struct Access {
    keys: Keys,
    issuer: String,
    resource: String,
    challenge: Challenge,
}

impl Access {
    pub fn new(settings: &HttpSettings) -> Result<Self, String> {
        let oauth = &settings.oauth;
        for (name, text) in [
            ("MCP_OAUTH_ISSUER", &oauth.issuer),
            ("MCP_OAUTH_RESOURCE", &oauth.resource),
        ] {
            let url = Url::parse(text).map_err(|error| format!("{name} is not a URL: {error}"))?;
            let local = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
            if url.scheme() != "https" && !local {
                return Err(format!("{name} must be `https`, except on this machine"));
            }
        }
        Ok(Self {
            keys: Keys::new(&oauth.issuer).map_err(|error| error.to_string())?,
            issuer: oauth.issuer.clone(),
            resource: oauth.resource.clone(),
            challenge: Challenge::new(oauth),
        })
    }

    /// Who sent a request, or the answer to one without a valid token.
    pub async fn caller(&self, request: &mut Request) -> Result<Caller, Response> {
        let challenge = |error| self.challenge.answer(StatusCode::UNAUTHORIZED, error, None);
        let Some(token) = guard::token(request.headers()) else {
            return Err(challenge(""));
        };
        let invalid = || challenge(r#"error="invalid_token", "#);
        let header = decode_header(token).map_err(|_| invalid())?;
        let kind = header.typ.unwrap_or_default().to_lowercase();
        let known = ["", "jwt", "at+jwt", "application/at+jwt"].contains(&&*kind);
        // RFC 7515: what a token calls critical must be understood, and nothing is here.
        if !known || header.crit.is_some() {
            return Err(invalid());
        }
        let Ok(key) = self.keys.get(header.kid.as_deref()).await else {
            let headers = [(header::RETRY_AFTER, "5")];
            return Err((StatusCode::SERVICE_UNAVAILABLE, headers).into_response());
        };
        let key = key.ok_or_else(invalid)?;
        let claims = self.claims(token, header.alg, &key).map_err(|error| {
            tracing::warn!(%error, "a token is not valid");
            invalid()
        })?;
        let granted = match claims.scope.or(claims.scp) {
            Some(Names::Text(text)) => text.split(' ').map(str::to_owned).collect(),
            Some(Names::List(names)) => names.into_iter().collect(),
            None => Scopes::new(),
        };
        request.extensions_mut().insert(Granted(granted));
        Ok(Caller(claims.sub.into()))
    }

    fn claims(&self, token: &str, algorithm: Algorithm, key: &Jwk) -> JwtResult<Claims> {
        let own = key.common.key_algorithm;
        let symmetric = [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512];
        if symmetric.contains(&algorithm) || own.is_some_and(|own| own != algorithm.into()) {
            return Err(ErrorKind::InvalidAlgorithm.into());
        }
        let mut rules = Validation::new(algorithm);
        rules.set_issuer(&[&self.issuer]);
        rules.set_audience(&[&self.resource]);
        rules.set_required_spec_claims(&["aud", "exp", "iss", "sub"]);
        rules.validate_nbf = true;
        rules.leeway = 30;
        Ok(decode(token, &DecodingKey::from_jwk(key)?, &rules)?.claims)
    }
}

/// What tells a client which token it needs.
struct Challenge {
    metadata: String,
    scopes: Scopes,
}

impl Challenge {
    fn new(oauth: &OAuthSettings) -> Self {
        let metadata = Url::parse(&oauth.resource).map(|mut url| {
            url.set_path(&format!("{WELL_KNOWN}{}", url.path()));
            url.to_string()
        });
        Self {
            metadata: metadata.unwrap_or_default(),
            scopes: oauth.scopes.iter().cloned().collect(),
        }
    }

    fn answer(&self, status: StatusCode, error: &str, scopes: Option<&Scopes>) -> Response {
        let scopes = scopes.unwrap_or(&self.scopes).iter();
        let scopes = scopes.map(String::as_str).collect::<Vec<_>>().join(" ");
        let metadata = &self.metadata;
        let text = format!(r#"Bearer {error}scope="{scopes}", resource_metadata="{metadata}""#);
        (status, [(header::WWW_AUTHENTICATE, text)]).into_response()
    }
}

/// What requests must be allowed.
pub struct Permits {
    tools: HashMap<String, Scopes>,
    challenge: Challenge,
}

impl Permits {
    pub fn new(oauth: &OAuthSettings) -> Self {
        let challenge = Challenge::new(oauth);
        let pairs = oauth.tool_scopes.iter();
        let own: Vec<_> = pairs.filter_map(|pair| pair.split_once('=')).collect();
        let needed = |tool: rmcp::model::Tool| {
            let of_tool = own.iter().filter(|(name, _)| *name == tool.name);
            let mut more: Scopes = of_tool.map(|(_, scope)| (*scope).to_owned()).collect();
            // A tool that does not say that it is read-only counts as one that writes.
            let hints = tool.annotations.as_ref();
            let read_only = hints.and_then(|hints| hints.read_only_hint) == Some(true);
            if more.is_empty() && !read_only {
                more.extend(oauth.write_scopes.iter().cloned());
            }
            more.extend(challenge.scopes.iter().cloned());
            (tool.name.into_owned(), more)
        };
        let tools = tools::ROUTER.list_all().into_iter().map(needed).collect();
        Self { tools, challenge }
    }
}

/// Refuse a request whose token lacks a scope; the answer names all that it needs.
pub async fn permit(State(permits): State<Arc<Permits>>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MAX_BODY_BYTES).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let message: Value = serde_json::from_slice(&body).unwrap_or_default();
    let tool = message["params"]["name"].as_str();
    let tool = tool.filter(|_| message["method"] == "tools/call");
    let needed = tool.and_then(|tool| permits.tools.get(tool));
    let needed = needed.unwrap_or(&permits.challenge.scopes);
    let granted = parts.extensions.get::<Granted>();
    if !granted.is_some_and(|granted| needed.is_subset(&granted.0)) {
        let (status, error) = (StatusCode::FORBIDDEN, r#"error="insufficient_scope", "#);
        return permits.challenge.answer(status, error, Some(needed));
    }
    next.run(Request::from_parts(parts, Body::from(body))).await
}

/// Tell clients where they get a token.
pub fn metadata(oauth: &OAuthSettings) -> Router {
    let document = json!({
        "resource": oauth.resource,
        "authorization_servers": [oauth.issuer],
        "scopes_supported": oauth.scopes,
        "bearer_methods_supported": ["header"],
    });
    let document = document.to_string();
    let show = get(async || ([(header::CONTENT_TYPE, "application/json")], document));
    let path = Url::parse(&oauth.resource).map_or(String::new(), |url| url.path().to_owned());
    let router = Router::new().route(WELL_KNOWN, show.clone());
    match path.trim_end_matches('/') {
        "" => router,
        path => router.route(&format!("{WELL_KNOWN}{path}"), show),
    }
}
