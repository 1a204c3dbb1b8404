//! What a token must allow: scopes for every request, and more for some tools.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use axum::http::Extensions;
use axum::http::request::Parts;
use axum::response::Response;
use rmcp::model::Tool;
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer};
use serde::Deserialize;

use super::challenge::Challenge;
use super::settings::OAuthSettings;

/// Names of scopes, all of which are needed or granted. None implies another.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scopes(BTreeSet<String>);

impl Scopes {
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn with(&self, more: &Self) -> Self {
        Self(self.0.union(&more.0).cloned().collect())
    }

    fn cover(&self, needed: &Self) -> bool {
        needed.0.is_subset(&self.0)
    }
}

impl FromIterator<String> for Scopes {
    fn from_iter<I: IntoIterator<Item = String>>(names: I) -> Self {
        Self(names.into_iter().collect())
    }
}

impl FromStr for Scopes {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let names = text.split([',', ' ']).filter(|name| !name.is_empty());
        names.map(scope).collect()
    }
}

/// As `scope` has them in a challenge.
impl fmt::Display for Scopes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.names().collect();
        formatter.write_str(&names.join(" "))
    }
}

/// RFC 6749 leaves out what would end the quoted text of a challenge.
fn scope(name: &str) -> Result<String, &'static str> {
    let plain = |it: char| it.is_ascii_graphic() && it != '"' && it != '\\';
    if name.is_empty() || !name.chars().all(plain) {
        return Err("expected names of visible ASCII characters but `\"` and `\\`");
    }
    Ok(name.to_owned())
}

/// A scope that one tool needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolScope {
    pub(super) tool: String,
    scope: String,
}

impl FromStr for ToolScope {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (tool, name) = text.trim().split_once('=').ok_or("expected `tool=scope`")?;
        Ok(Self {
            tool: tool.to_owned(),
            scope: scope(name)?,
        })
    }
}

/// The scopes that requests need.
#[derive(Debug)]
pub(super) struct Policy {
    pub(super) base: Scopes,
    tools: HashMap<String, Scopes>,
}

impl Policy {
    pub(super) fn new(settings: &OAuthSettings, tools: &[Tool]) -> Self {
        let needed = |tool: &Tool| (tool.name.to_string(), needed(settings, tool));
        Self {
            base: settings.scopes.clone(),
            tools: tools.iter().map(needed).collect(),
        }
    }
}

/// The scopes for one tool. If it does not say that it is read-only, it counts as one that writes.
fn needed(settings: &OAuthSettings, tool: &Tool) -> Scopes {
    let own = settings.tool_scopes.iter();
    let own: Scopes = own
        .filter(|it| it.tool == tool.name)
        .map(|it| it.scope.clone())
        .collect();
    let read_only = tool.annotations.as_ref().and_then(|it| it.read_only_hint);
    if !own.is_empty() {
        settings.scopes.with(&own)
    } else if read_only == Some(true) {
        settings.scopes.clone()
    } else {
        settings.scopes.with(&settings.write_scopes)
    }
}

/// What the token of a request allows.
#[derive(Debug, Clone)]
pub(super) struct Grant {
    scopes: Scopes,
    policy: Arc<Policy>,
}

impl Grant {
    /// `None` when a scope is missing that every request needs.
    pub(super) fn new(scopes: Scopes, policy: Arc<Policy>) -> Option<Self> {
        let enough = scopes.cover(&policy.base);
        enough.then_some(Self { scopes, policy })
    }

    /// The scopes that a call of `tool` needs, unless the token has them all.
    fn lacks(&self, tool: &str) -> Option<&Scopes> {
        let needed = self.policy.tools.get(tool)?;
        (!self.scopes.cover(needed)).then_some(needed)
    }
}

/// Refuse a call of a tool that its token does not allow. Whatever [`refusal`] made of the
/// request, this is what counts.
pub(crate) fn permit(context: &RequestContext<RoleServer>, tool: &str) -> Result<(), ErrorData> {
    let Some(parts) = context.extensions.get::<Parts>() else {
        return Ok(()); // not over HTTP
    };
    match parts
        .extensions
        .get::<Grant>()
        .map(|grant| grant.lacks(tool))
    {
        Some(None) => Ok(()),
        Some(Some(needed)) => {
            let text = format!("the token must have the scopes `{needed}` to call `{tool}`");
            Err(ErrorData::invalid_request(text, None))
        }
        None => Err(ErrorData::internal_error("the request has no token", None)),
    }
}

/// The part of a message that says which tool it calls.
#[derive(Deserialize)]
struct Message<'a> {
    #[serde(borrow)]
    method: Cow<'a, str>,
    #[serde(borrow)]
    params: Option<Params<'a>>,
}

#[derive(Deserialize)]
struct Params<'a> {
    #[serde(borrow)]
    name: Option<Cow<'a, str>>,
}

fn called_tool(body: &[u8]) -> Option<Cow<'_, str>> {
    let message: Message<'_> = serde_json::from_slice(body).ok()?;
    message
        .params?
        .name
        .filter(|_| message.method == "tools/call")
}

/// The answer to a call that its token does not allow, from which the client learns what to ask
/// for.
pub(in crate::http) fn refusal(request: &Extensions, body: &[u8]) -> Option<Response> {
    let grant = request.get::<Grant>()?;
    let challenge = request.get::<Arc<Challenge>>()?;
    let tool = called_tool(body)?;
    let needed = grant.lacks(&tool)?;
    tracing::warn!(%tool, "request refused: the token lacks a scope");
    Some(challenge.insufficient_scope(needed))
}

#[cfg(test)]
mod tests {
    use rmcp::model::{JsonObject, ToolAnnotations};

    use super::*;

    fn scopes(text: &str) -> Scopes {
        text.parse().unwrap()
    }

    #[test]
    fn a_tool_needs_more_unless_it_is_read_only() {
        let tool = |name: &'static str, annotations: Option<ToolAnnotations>| {
            let mut tool = Tool::new(name, "", JsonObject::new());
            tool.annotations = annotations;
            tool
        };
        let annotations = ToolAnnotations::new();
        let tools = [
            tool("reads", Some(annotations.clone().read_only(true))),
            tool("writes", Some(annotations.clone().read_only(false))),
            tool("says-little", Some(annotations.clone())),
            tool("says-nothing", None),
            tool("own", Some(annotations.read_only(true))),
        ];
        let settings = OAuthSettings {
            issuer: None,
            resource: None,
            scopes: scopes("mcp:read"),
            write_scopes: scopes("mcp:write"),
            tool_scopes: vec!["own=x".parse().unwrap(), "own=y".parse().unwrap()],
        };
        let policy = Policy::new(&settings, &tools);
        for (tool, needed) in [
            ("reads", "mcp:read"),
            ("writes", "mcp:read mcp:write"),
            ("says-little", "mcp:read mcp:write"),
            ("says-nothing", "mcp:read mcp:write"),
            ("own", "mcp:read x y"),
        ] {
            assert_eq!(policy.tools[tool].to_string(), needed, "{tool}");
        }

        let grant =
            |names: &str| Grant::new(scopes(names), Arc::new(Policy::new(&settings, &tools)));
        assert!(grant("mcp:write").is_none());
        let reader = grant("mcp:read").unwrap();
        assert_eq!(reader.lacks("reads"), None);
        assert_eq!(reader.lacks("writes"), Some(&scopes("mcp:read mcp:write")));
        assert_eq!(grant("mcp:read mcp:write").unwrap().lacks("writes"), None);
    }

    #[test]
    fn names_of_scopes_leave_a_challenge_whole() {
        assert_eq!(scopes("b, a b").to_string(), "a b");
        assert_eq!(scopes(""), Scopes::default());
        for bad in ["a\"b", "a\\b", "a\tb", "\u{e9}"] {
            assert!(bad.parse::<Scopes>().is_err(), "{bad}");
        }
        for bad in ["", "tool", "tool=", "tool=a b"] {
            assert!(bad.parse::<ToolScope>().is_err(), "{bad}");
        }
    }
}
