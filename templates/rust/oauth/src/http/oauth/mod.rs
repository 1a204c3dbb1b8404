//! The OAuth 2.1 resource server: who is let in with which token, and where clients
//! learn how to get one (RFC 9728).

mod challenge;
pub(super) mod expiry;
mod issuer;
mod keys;
pub(crate) mod scopes;
pub mod settings;
mod token;

use std::io;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::header;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::get;
use serde_json::json;

use super::refusals::{Presented, Refusals};
use super::settings::HttpSettings;
use crate::tools;
use challenge::Challenge;
use expiry::Remaining;
use issuer::AuthorizationServer;
use keys::Keys;
use scopes::{Grant, Policy};
use token::{TokenError, Verifier};

#[derive(Debug)]
struct ResourceServer {
    verifier: Verifier,
    policy: Arc<Policy>,
    challenge: Arc<Challenge>,
    refusals: Refusals,
}

/// Let requests to `routes` in only with a token, and tell everybody who gives them.
///
/// # Errors
///
/// Fails when a setting is missing, or this machine has no certificates to trust.
pub(super) fn protect(routes: Router, settings: &HttpSettings) -> io::Result<Router> {
    let issuer = settings.oauth.issuer().map_err(io::Error::other)?;
    let resource = settings.oauth.resource().map_err(io::Error::other)?;
    let policy = Policy::new(&settings.oauth, &tools::router().list_all());
    let scopes: Vec<&str> = policy.base.names().collect();
    let metadata = json!({
        "resource": resource.to_string(),
        "authorization_servers": [issuer.name()],
        "scopes_supported": scopes,
        "bearer_methods_supported": ["header"],
    });
    let document = metadata.to_string();
    let show = get(async || ([(header::CONTENT_TYPE, "application/json")], document));

    let keys = Keys::new(AuthorizationServer::new(issuer.clone())?);
    let server = Arc::new(ResourceServer {
        verifier: Verifier::new(keys, issuer, resource),
        challenge: Arc::new(Challenge::new(resource, policy.base.clone())),
        policy: Arc::new(policy),
        refusals: Refusals::new(settings),
    });
    let mut routes = routes.route_layer(from_fn_with_state(server, check));
    for path in resource.metadata_paths() {
        routes = routes.route(&path, show.clone());
    }
    Ok(routes)
}

/// Refuse a request unless its token is good. Handlers find the `Caller` in its extensions.
async fn check(
    State(server): State<Arc<ResourceServer>>,
    mut request: Request,
    next: Next,
) -> Response {
    let client = server.refusals.client(&request);
    let refuse = |why, answer| server.refusals.answer(client, why, answer);
    let token = match Presented::by(request.headers()) {
        Presented::Token(token) => server.verifier.verify(token).await,
        Presented::Several => Err(TokenError::Invalid("there is more than one token")),
        Presented::Nothing => Err(TokenError::Missing),
    };
    let token = match token {
        Ok(token) => token,
        Err(error) => return refuse(error.reason(), server.challenge.refusal(&error)),
    };
    let Some(grant) = Grant::new(token.scopes, Arc::clone(&server.policy)) else {
        let needed = &server.policy.base;
        return refuse(
            "the token lacks a scope",
            server.challenge.insufficient_scope(needed),
        );
    };
    let extensions = request.extensions_mut();
    extensions.insert(Arc::clone(&server.challenge));
    extensions.insert(token.caller);
    extensions.insert(Remaining(token.remaining));
    extensions.insert(grant);
    next.run(request).await
}
