//! Settings of the OAuth resource server.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use axum::http::Uri;
use clap::Args;

use super::scopes::{Scopes, ToolScope};
use crate::error::ConfigError;
use crate::tools;

#[derive(Debug, Clone, Args)]
pub struct OAuthSettings {
    /// Authorization server whose tokens are accepted: its issuer, exactly as it writes it.
    #[arg(long = "oauth-issuer", env = "MCP_OAUTH_ISSUER", value_name = "URL")]
    pub(super) issuer: Option<Issuer>,
    /// URL of `/mcp` as clients know it; tokens must name it as their audience.
    #[arg(
        long = "oauth-resource",
        env = "MCP_OAUTH_RESOURCE",
        value_name = "URL"
    )]
    pub(super) resource: Option<Resource>,
    /// Scopes that every request needs, with commas.
    #[arg(
        long = "oauth-scopes",
        env = "MCP_OAUTH_SCOPES",
        value_name = "SCOPES",
        default_value = "mcp:read"
    )]
    pub(super) scopes: Scopes,
    /// Scopes that a tool needs besides, unless it is read-only.
    #[arg(
        long = "oauth-write-scopes",
        env = "MCP_OAUTH_WRITE_SCOPES",
        value_name = "SCOPES",
        default_value = "mcp:write"
    )]
    pub(super) write_scopes: Scopes,
    /// Scopes of single tools in place of those, with commas: `tool=scope`.
    #[arg(
        long = "oauth-tool-scopes",
        env = "MCP_OAUTH_TOOL_SCOPES",
        value_name = "SCOPES",
        value_delimiter = ','
    )]
    pub(super) tool_scopes: Vec<ToolScope>,
}

impl OAuthSettings {
    pub(in crate::http) fn check(&self) -> Result<(), ConfigError> {
        self.issuer()?;
        self.resource()?;
        let tools = tools::router();
        match self
            .tool_scopes
            .iter()
            .find(|it| !tools.has_route(&it.tool))
        {
            None => Ok(()),
            Some(ToolScope { tool, .. }) => Err(ConfigError(format!(
                "MCP_OAUTH_TOOL_SCOPES (--oauth-tool-scopes): there is no tool `{tool}`"
            ))),
        }
    }

    pub(super) fn issuer(&self) -> Result<&Issuer, ConfigError> {
        self.issuer.as_ref().ok_or_else(|| {
            let text = "MCP_OAUTH_ISSUER (--oauth-issuer): not set, and clients need a token";
            ConfigError(text.to_owned())
        })
    }

    pub(super) fn resource(&self) -> Result<&Resource, ConfigError> {
        self.resource.as_ref().ok_or_else(|| {
            let text = "MCP_OAUTH_RESOURCE (--oauth-resource): not set, and tokens must be for it";
            ConfigError(text.to_owned())
        })
    }
}

/// An authorization server. Its name is compared as it is written, with or without a `/` at the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuer {
    name: String,
    origin: String,
    path: String,
}

impl Issuer {
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Check a URL in its metadata, which may have a query: what comes over TLS must not lead to what does not.
    pub(super) fn check_link(&self, url: &str) -> Result<(), &'static str> {
        let url = secure_url(url.split('?').next().unwrap_or_default())?;
        if self.origin.starts_with("https:") && url.scheme_str() != Some("https") {
            return Err("expected `https`, as for the issuer");
        }
        Ok(())
    }

    /// Where its metadata may be: as RFC 8414 says, then as `OpenID` Connect does.
    pub(super) fn metadata_urls(&self) -> Vec<String> {
        let Self { origin, path, .. } = self;
        let mut urls = vec![
            format!("{origin}/.well-known/oauth-authorization-server{path}"),
            format!("{origin}/.well-known/openid-configuration{path}"),
        ];
        if !path.is_empty() {
            urls.push(format!("{origin}{path}/.well-known/openid-configuration"));
        }
        urls
    }
}

impl FromStr for Issuer {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let uri = secure_url(text)?;
        Ok(Self {
            name: text.to_owned(),
            origin: origin(&uri),
            path: uri.path().trim_end_matches('/').to_owned(),
        })
    }
}

/// The URL that tokens are for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    url: String,
    origin: String,
    path: String,
}

/// Where RFC 9728 wants the metadata of a resource: before the resource's own path.
const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";

impl Resource {
    /// The paths of the metadata on this server. Clients that were not told of the first try the second.
    pub(super) fn metadata_paths(&self) -> Vec<String> {
        let mut paths = vec![format!("{WELL_KNOWN}{}", self.path), WELL_KNOWN.to_owned()];
        paths.dedup();
        paths
    }

    pub(super) fn metadata_url(&self) -> String {
        format!("{}{WELL_KNOWN}{}", self.origin, self.path)
    }
}

impl FromStr for Resource {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let uri = secure_url(text)?;
        let path = uri.path().trim_end_matches('/').to_owned();
        let plain = |it: char| it.is_ascii_alphanumeric() || "/._~-".contains(it);
        if !path.chars().all(plain) {
            return Err("expected a path of letters, digits, `.`, `_`, `~` and `-`");
        }
        Ok(Self {
            url: text.to_owned(),
            origin: origin(&uri),
            path,
        })
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.url)
    }
}

fn origin(uri: &Uri) -> String {
    let scheme = uri.scheme_str().unwrap_or_default();
    let authority = uri.authority().map_or("", |it| it.as_str());
    format!("{scheme}://{authority}")
}

/// A URL that nobody between here and there can read or change.
fn secure_url(text: &str) -> Result<Uri, &'static str> {
    const FORM: &str = "expected a URL such as `https://name/path`, without query and fragment";
    let uri: Uri = text.parse().map_err(|_| FORM)?;
    let host = uri.host().ok_or(FORM)?;
    if text.contains(['?', '#', '@']) {
        return Err(FORM);
    }
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
    let loopback = host == "localhost" || address.is_ok_and(|address| address.is_loopback());
    match uri.scheme_str() {
        Some("https") => Ok(uri),
        Some("http") if loopback => Ok(uri),
        _ => Err("expected `https`; `http` is for this machine only"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_is_where_the_standards_say() {
        let urls = |issuer: &str| issuer.parse::<Issuer>().unwrap().metadata_urls();
        for issuer in ["https://a.example", "https://a.example/"] {
            assert_eq!(
                urls(issuer),
                [
                    "https://a.example/.well-known/oauth-authorization-server",
                    "https://a.example/.well-known/openid-configuration",
                ]
            );
        }
        assert_eq!(
            urls("https://a.example:8443/realms/x"),
            [
                "https://a.example:8443/.well-known/oauth-authorization-server/realms/x",
                "https://a.example:8443/.well-known/openid-configuration/realms/x",
                "https://a.example:8443/realms/x/.well-known/openid-configuration",
            ]
        );

        let resource: Resource = "https://b.example/x/mcp".parse().unwrap();
        let path = "/.well-known/oauth-protected-resource/x/mcp";
        assert_eq!(resource.metadata_url(), format!("https://b.example{path}"));
        assert_eq!(resource.metadata_paths(), [path, WELL_KNOWN]);
        let resource: Resource = "https://b.example/".parse().unwrap();
        assert_eq!(resource.metadata_paths(), [WELL_KNOWN]);
    }

    #[test]
    fn metadata_over_tls_leads_to_no_plain_connection() {
        let check = |issuer: &str, url| issuer.parse::<Issuer>().unwrap().check_link(url);
        let (secure, local) = ("https://a.example", "http://127.0.0.1:9");
        assert!(check(secure, "https://keys.example/x").is_ok());
        assert!(check(secure, "https://keys.example/x?policy=a@b").is_ok());
        assert!(check(secure, "https://user@keys.example/x").is_err());
        assert!(check(local, "https://keys.example/x").is_ok());
        assert!(check(local, "http://127.0.0.1:9/x").is_ok());
        assert!(check(secure, "http://127.0.0.1:9/x").is_err());
        assert!(check(local, "http://keys.example/x").is_err());
    }

    #[test]
    fn urls_that_are_not_safe_are_refused() {
        for url in [
            "http://localhost:9/x",
            "http://127.0.0.1",
            "http://[::1]:9",
            "https://a.example",
        ] {
            assert!(secure_url(url).is_ok(), "{url}");
        }
        for url in [
            "",
            "a.example",
            "/mcp",
            "http://a.example",
            "http://localhost.a.example",
            "http://127.0.0.1.a.example",
            "http://192.0.2.1",
            "ftp://a.example",
            "https://user@a.example",
            "https://a.example/?x",
            "https://a.example/#x",
        ] {
            assert!(secure_url(url).is_err(), "{url}");
        }
        for url in [
            "https://a.example/{x}",
            "https://a.example/%22",
            "https://a.example/\"x",
        ] {
            assert!(url.parse::<Resource>().is_err(), "{url}");
        }
    }
}
