//! Settings of the HTTP transport.

use std::net::{IpAddr, Ipv4Addr};
use std::num::{NonZeroU32, NonZeroUsize};
use std::time::Duration;

use clap::Args;

use super::guard::{AllowedHost, AllowedOrigin};
use super::peer::Network;
use crate::error::ConfigError;

#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "HTTP transport")]
pub struct HttpSettings {
    /// Address to listen on.
    #[arg(
        long,
        env = "MCP_HOST",
        value_name = "ADDRESS",
        default_value = "127.0.0.1",
        value_parser = address
    )]
    pub host: IpAddr,
    /// Port to listen on; 0 takes a free one.
    #[arg(long, env = "MCP_PORT", default_value = "8000")]
    pub port: u16,
    /// Names that clients may reach this server by, with commas: `name` or `name:port`.
    #[arg(
        long,
        env = "MCP_ALLOWED_HOSTS",
        value_name = "HOSTS",
        value_delimiter = ',',
        default_value = "localhost,127.0.0.1,[::1]"
    )]
    pub allowed_hosts: Vec<AllowedHost>,
    /// Origins of web pages that are not refused, with commas: `https://name`, with `:*` for any port.
    #[arg(
        long,
        env = "MCP_ALLOWED_ORIGINS",
        value_name = "ORIGINS",
        value_delimiter = ',',
        default_value = "http://localhost:*,http://127.0.0.1:*,http://[::1]:*"
    )]
    pub allowed_origins: Vec<AllowedOrigin>,
    /// Serve `/metrics` on a port of its own.
    #[arg(long, env = "MCP_METRICS_PORT", value_name = "PORT")]
    pub metrics_port: Option<u16>,
    /// Largest request body.
    #[arg(
        long,
        env = "MCP_MAX_BODY_BYTES",
        value_name = "BYTES",
        default_value = "1048576"
    )]
    pub max_body_bytes: NonZeroUsize,
    /// Requests and open streams at the same time; more are answered with 503.
    #[arg(
        long,
        env = "MCP_MAX_CONCURRENT_REQUESTS",
        value_name = "COUNT",
        default_value = "512"
    )]
    pub max_concurrent_requests: NonZeroU32,
    /// Connections at the same time; more are closed with 503.
    #[arg(
        long,
        env = "MCP_MAX_CONNECTIONS",
        value_name = "COUNT",
        default_value = "768"
    )]
    pub max_connections: NonZeroU32,
    /// How long a connection may be without a request, or take for the headers of one.
    #[arg(
        long,
        env = "MCP_HEADER_TIMEOUT_SECONDS",
        value_name = "SECONDS",
        default_value = "60"
    )]
    header_timeout_seconds: NonZeroU32,
    /// Sessions of clients that speak 2025-11-25 or older; more are answered with 503.
    #[arg(
        long,
        env = "MCP_MAX_SESSIONS",
        value_name = "COUNT",
        default_value = "1000"
    )]
    pub max_sessions: NonZeroUsize,
    /// How long such a session may be idle before it is closed.
    #[arg(
        long,
        env = "MCP_SESSION_IDLE_SECONDS",
        value_name = "SECONDS",
        default_value = "1800"
    )]
    session_idle_seconds: NonZeroU32,
    /// How long to serve on after a request to shut down, while `/readyz` sends load balancers away.
    #[arg(
        long,
        env = "MCP_SHUTDOWN_DELAY_SECONDS",
        value_name = "SECONDS",
        default_value = "0"
    )]
    shutdown_delay_seconds: u32,
    /// How long open requests may go on after a request to shut down.
    #[arg(
        long,
        env = "MCP_SHUTDOWN_GRACE_SECONDS",
        value_name = "SECONDS",
        default_value = "10"
    )]
    shutdown_grace_seconds: u32,
    /// Proxies whose `X-Forwarded-For` is believed, with commas: addresses or networks.
    #[arg(
        long,
        env = "MCP_TRUSTED_PROXIES",
        value_name = "NETWORKS",
        value_delimiter = ','
    )]
    pub trusted_proxies: Vec<Network>,
    /// Requests that one token may send in a minute; more are answered with 429; 0 for any number.
    #[arg(
        long,
        env = "MCP_RATE_LIMIT_PER_MINUTE",
        value_name = "COUNT",
        default_value = "600"
    )]
    pub rate_limit_per_minute: u32,
    /// From `MCP_AUTH_TOKENS`, and no flag: those show in the list of processes.
    #[arg(skip = super::bearer::Tokens::from_environment())]
    pub tokens: Result<super::bearer::Tokens, ConfigError>,
}

impl HttpSettings {
    #[must_use]
    pub fn header_timeout(&self) -> Duration {
        Duration::from_secs(self.header_timeout_seconds.get().into())
    }

    #[must_use]
    pub fn session_idle(&self) -> Duration {
        Duration::from_secs(self.session_idle_seconds.get().into())
    }

    #[must_use]
    pub fn shutdown_delay(&self) -> Duration {
        Duration::from_secs(self.shutdown_delay_seconds.into())
    }

    #[must_use]
    pub fn shutdown_grace(&self) -> Duration {
        Duration::from_secs(self.shutdown_grace_seconds.into())
    }

    /// What one value cannot know of another.
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        if self.port != 0 && self.metrics_port == Some(self.port) {
            return Err(ConfigError(format!(
                "MCP_METRICS_PORT (--metrics-port) and MCP_PORT (--port) are both {}",
                self.port
            )));
        }
        if let Err(error) = &self.tokens {
            return Err(error.clone());
        }
        Ok(())
    }
}

fn address(text: &str) -> Result<IpAddr, String> {
    if text == "localhost" {
        return Ok(Ipv4Addr::LOCALHOST.into());
    }
    text.parse()
        .map_err(|_| "expected an IP address such as 127.0.0.1".to_owned())
}
