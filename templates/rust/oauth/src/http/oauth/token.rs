//! Access tokens: signed by the authorization server, for this server, and for now.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{AlgorithmFamily, DecodingKey, Header, Validation};
use serde::Deserialize;

use super::keys::{KeyError, Keys};
use super::scopes::Scopes;
use super::settings::{Issuer, Resource};
use crate::http::caller::Caller;

/// A token that is longer is not looked at.
const MAX_BYTES: usize = 8 * 1024;

/// How far the clocks of two machines may be apart.
const LEEWAY: Duration = Duration::from_secs(30);

#[derive(Debug, PartialEq, Eq)]
pub(super) enum TokenError {
    Missing,
    /// Why, in words that may stand in a challenge.
    Invalid(&'static str),
    /// Without the authorization server's keys nobody can say.
    Unavailable,
}

impl TokenError {
    pub(super) fn reason(&self) -> &'static str {
        match self {
            Self::Missing => "there is no token",
            Self::Invalid(why) => why,
            Self::Unavailable => "tokens cannot be checked now",
        }
    }
}

#[derive(Debug)]
pub(super) struct Token {
    pub(super) caller: Caller,
    pub(super) scopes: Scopes,
    /// How long it is valid from now.
    pub(super) remaining: Duration,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    exp: f64,
    iat: Option<f64>,
    scope: Option<ScopeClaim>,
    scp: Option<ScopeClaim>,
    client_id: Option<String>,
    azp: Option<String>,
}

/// RFC 9068 has a text; some authorization servers have lists.
#[derive(Deserialize)]
#[serde(untagged)]
enum ScopeClaim {
    Text(String),
    List(Vec<String>),
}

impl ScopeClaim {
    fn names(self) -> Vec<String> {
        match self {
            Self::Text(text) => text.split(' ').map(str::to_owned).collect(),
            Self::List(names) => names,
        }
    }
}

#[derive(Debug)]
pub(super) struct Verifier {
    keys: Arc<Keys>,
    issuer: String,
    audience: String,
}

impl Verifier {
    pub(super) fn new(keys: Arc<Keys>, issuer: &Issuer, resource: &Resource) -> Self {
        Self {
            keys,
            issuer: issuer.name().to_owned(),
            audience: resource.to_string(),
        }
    }

    pub(super) async fn verify(&self, token: &str) -> Result<Token, TokenError> {
        let header = header(token)?;
        let key = self.keys.find(header.kid.as_deref(), header.alg).await;
        let key = key.map_err(|error| match error {
            KeyError::Unknown => TokenError::Invalid("the key is not known"),
            KeyError::Unavailable => TokenError::Unavailable,
        })?;
        let claims = self.claims(token, &header, &key)?;
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let issued = claims.iat.map(Duration::try_from_secs_f64).transpose();
        if !issued.is_ok_and(|issued| issued.is_none_or(|issued| issued <= now + LEEWAY)) {
            return Err(TokenError::Invalid("the token is from the future"));
        }
        let expiry = Duration::try_from_secs_f64(claims.exp).unwrap_or(now);
        let scopes = [claims.scope, claims.scp].into_iter().flatten();
        Ok(Token {
            caller: Caller::new(claims.iss, claims.sub, claims.client_id.or(claims.azp)),
            scopes: scopes.flat_map(ScopeClaim::names).collect(),
            remaining: expiry.saturating_sub(now),
        })
    }

    fn claims(
        &self,
        token: &str,
        header: &Header,
        key: &DecodingKey,
    ) -> Result<Claims, TokenError> {
        let mut rules = Validation::new(header.alg);
        rules.leeway = LEEWAY.as_secs();
        rules.validate_nbf = true;
        rules.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        rules.set_issuer(&[&self.issuer]);
        rules.set_audience(&[&self.audience]);
        let token = jsonwebtoken::decode(token, key, &rules);
        let token = token.map_err(|error| TokenError::Invalid(reason(error.kind())))?;
        Ok(token.claims)
    }
}

/// The header, if a token with it can be one of ours.
fn header(token: &str) -> Result<Header, TokenError> {
    if token.len() > MAX_BYTES {
        return Err(TokenError::Invalid("the token is too long"));
    }
    let header = jsonwebtoken::decode_header(token)
        .map_err(|_| TokenError::Invalid("the token is malformed"))?;
    if header.alg.family() == AlgorithmFamily::Hmac {
        return Err(TokenError::Invalid("the algorithm is not asymmetric"));
    }
    if header.crit.is_some() {
        return Err(TokenError::Invalid("the token has critical extensions"));
    }
    // Not everybody sets it. What is no access token has another audience.
    let kind = header.typ.as_deref().unwrap_or("JWT").to_ascii_lowercase();
    if !["jwt", "at+jwt", "application/at+jwt"].contains(&kind.as_str()) {
        return Err(TokenError::Invalid("the token is no access token"));
    }
    Ok(header)
}

fn reason(error: &ErrorKind) -> &'static str {
    match error {
        ErrorKind::InvalidSignature => "the signature is wrong",
        ErrorKind::ExpiredSignature => "the token has expired",
        ErrorKind::ImmatureSignature => "the token is not valid yet",
        ErrorKind::InvalidIssuer => "the token is of another issuer",
        ErrorKind::InvalidAudience => "the token is for another resource",
        ErrorKind::MissingRequiredClaim(_) | ErrorKind::Json(_) => {
            "a claim is missing or malformed"
        }
        _ => "the token is malformed",
    }
}
