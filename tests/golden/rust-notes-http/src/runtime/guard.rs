//! What a request must pass over HTTP: its token, the rate of its caller, the owner of its session.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::{AddrParseError, IpAddr, Ipv4Addr, SocketAddr};
use std::num::NonZeroU32;
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, StatusCode, header, request::Parts};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use ipnet::IpNet;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::session::{SessionId, SessionManager as _};
use rmcp::{RoleServer, service::RequestContext};
use tokio::sync::Mutex;

use crate::runtime::access::Access;
use crate::runtime::http::HttpSettings;

/// How many keys of a rate are kept before those that are idle are dropped.
const MANY: usize = 10_000;

/// Who sent a request, as the log calls them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Caller(pub Arc<str>);

impl Caller {
    /// Who sent the request that a tool answers; there is no caller over stdio.
    pub fn of(context: &RequestContext<RoleServer>) -> Option<Self> {
        let parts = context.extensions.get::<Parts>()?;
        parts.extensions.get().cloned()
    }
}

pub struct Guard {
    access: Access,
    callers: Rate<Caller>,
    /// Addresses that sent a wrong token or none.
    addresses: Rate<IpAddr>,
    proxies: Vec<IpNet>,
    sessions: Arc<LocalSessionManager>,
    owners: Mutex<HashMap<SessionId, Caller>>,
    max_sessions: usize,
}

impl Guard {
    pub fn new(settings: &HttpSettings, sessions: Arc<LocalSessionManager>) -> Arc<Self> {
        Arc::new(Self {
            access: Access::new(settings).expect("the settings were checked"),
            callers: Rate::new(settings.rate_limit_per_minute),
            addresses: Rate::new(settings.rate_limit_per_minute),
            proxies: settings.trusted_proxies.clone(),
            sessions,
            owners: Mutex::default(),
            max_sessions: settings.max_sessions,
        })
    }

    /// The address of a client: that of the connection, or the one that a trusted proxy names.
    fn address(&self, request: &Request) -> IpAddr {
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
        let peer = peer.map_or(Ipv4Addr::UNSPECIFIED.into(), |peer| peer.0.ip());
        let lines = request.headers().get_all("x-forwarded-for").iter().rev();
        let hops = lines.flat_map(|line| line.to_str().unwrap_or_default().rsplit(','));
        let mut address = peer.to_canonical();
        for hop in hops {
            // What stands before a hop that is not trusted is only its word.
            let trusted = self.proxies.iter().any(|proxy| proxy.contains(&address));
            let Ok(hop) = hop.trim().parse::<IpAddr>() else {
                break;
            };
            if !trusted {
                break;
            }
            address = hop.to_canonical();
        }
        address
    }

    /// Record whose session it is, unless the caller or all together have too many.
    async fn keep(&self, session: SessionId, caller: Caller) -> bool {
        let open = self.sessions.sessions.read().await;
        let mut owners = self.owners.lock().await;
        owners.retain(|session, _| open.contains_key(session));
        let own = owners.values().filter(|owner| **owner == caller).count();
        let (all, most) = (owners.len(), self.max_sessions);
        let room = most == 0 || (all < most && own < most.div_ceil(4));
        if room {
            owners.insert(session, caller);
        }
        room
    }
}

/// Let a request pass, or answer it with 401, 404, 429 or 503.
pub async fn admit(State(guard): State<Arc<Guard>>, mut request: Request, next: Next) -> Response {
    let caller = match guard.access.caller(&mut request).await {
        Ok(caller) => caller,
        Err(challenge) => {
            let address = guard.address(&request);
            tracing::warn!(%address, "request refused: it has no valid token");
            return guard.addresses.refusal(&address).unwrap_or(challenge);
        }
    };
    if let Some(refusal) = guard.callers.refusal(&caller) {
        return refusal;
    }
    if let Some(session) = session(request.headers()) {
        let owners = guard.owners.lock().await;
        if owners.get(session).is_some_and(|owner| *owner != caller) {
            return (StatusCode::NOT_FOUND, "Not Found: Session not found").into_response();
        }
    }
    request.extensions_mut().insert(caller.clone());
    let response = next.run(request).await;
    // Only the response that opens a session has its id.
    let Some(session) = session(response.headers()).map(SessionId::from) else {
        return response;
    };
    if guard.keep(session.clone(), caller).await {
        return response;
    }
    if let Err(error) = guard.sessions.close_session(&session).await {
        tracing::warn!(%error, "cannot close a session");
    }
    (StatusCode::SERVICE_UNAVAILABLE, "too many sessions").into_response()
}

fn session(headers: &HeaderMap) -> Option<&str> {
    headers.get("mcp-session-id")?.to_str().ok()
}

/// The token of a request that has exactly one.
pub fn token(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (value, None) = (values.next()?, values.next()) else {
        return None;
    };
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("Bearer").then(|| token.trim())
}

/// An address, or all addresses of a network.
pub fn network(text: &str) -> Result<IpNet, AddrParseError> {
    let network = text.trim().parse();
    network.or_else(|_| text.trim().parse().map(|address: IpAddr| address.into()))
}

/// So many requests a minute for each key; any number if that is 0.
struct Rate<K: Clone + Eq + Hash>(Option<DefaultKeyedRateLimiter<K>>);

impl<K: Clone + Eq + Hash> Rate<K> {
    fn new(per_minute: u32) -> Self {
        let quota = NonZeroU32::new(per_minute).map(Quota::per_minute);
        Self(quota.map(RateLimiter::keyed))
    }

    /// Count a request, and answer it if there were too many.
    fn refusal(&self, key: &K) -> Option<Response> {
        let limiter = self.0.as_ref()?;
        if limiter.len() > MANY {
            limiter.retain_recent();
        }
        let until = limiter.check_key(key).err()?;
        let wait = until.wait_time_from(DefaultClock::default().now());
        let headers = [(header::RETRY_AFTER, (wait.as_secs() + 1).to_string())];
        Some((StatusCode::TOO_MANY_REQUESTS, headers).into_response())
    }
}
