//! The keys of the authorization server, asked for when they are needed and kept for a while.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyOperations, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde_json::Value;
use tokio::sync::watch;

use super::issuer::AuthorizationServer;

/// Keys older than this are asked for again, while they still count.
const FRESH: Duration = Duration::from_secs(10 * 60);
/// Keys older than this do not count: the authorization server may have withdrawn them.
const USABLE: Duration = Duration::from_secs(60 * 60);
/// How long it is left alone after it was asked, whatever tokens come in.
pub(super) const PAUSE: Duration = Duration::from_secs(5);

const RSA: [Algorithm; 6] = [
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
];

#[derive(Debug, PartialEq, Eq)]
pub(super) enum KeyError {
    /// The authorization server has no such key.
    Unknown,
    /// Nobody knows: it does not answer.
    Unavailable,
}

/// A public key, and what it may verify.
#[derive(Debug)]
struct Key {
    id: Option<String>,
    algorithms: Vec<Algorithm>,
    public: Arc<DecodingKey>,
}

impl Key {
    /// `None` for a key that is not for signatures of a kind this server takes. A shared secret never is.
    fn of(document: Value) -> Option<Self> {
        let jwk: Jwk = serde_json::from_value(document).ok()?;
        let fitting: &[Algorithm] = match &jwk.algorithm {
            AlgorithmParameters::RSA(_) => &RSA,
            AlgorithmParameters::EllipticCurve(key) => match key.curve {
                EllipticCurve::P256 => &[Algorithm::ES256],
                EllipticCurve::P384 => &[Algorithm::ES384],
                _ => return None,
            },
            AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => {
                &[Algorithm::EdDSA]
            }
            _ => return None,
        };
        let common = &jwk.common;
        let other_use = |it: &PublicKeyUse| *it != PublicKeyUse::Signature;
        let no_verify = |it: &Vec<KeyOperations>| !it.contains(&KeyOperations::Verify);
        if common.public_key_use.as_ref().is_some_and(other_use)
            || common.key_operations.as_ref().is_some_and(no_verify)
        {
            return None;
        }
        let algorithms = match common.key_algorithm {
            None => fitting.to_vec(),
            Some(own) => {
                let own = Algorithm::try_from(own).ok()?;
                fitting.contains(&own).then(|| vec![own])?
            }
        };
        Some(Self {
            public: Arc::new(DecodingKey::from_jwk(&jwk).ok()?),
            id: jwk.common.key_id,
            algorithms,
        })
    }
}

/// What one answer of the authorization server holds.
#[derive(Debug, Default)]
pub(super) struct KeySet(Vec<Key>);

impl KeySet {
    /// Those of the keys that can be used: one of a new kind must not take away the others.
    pub(super) fn of(documents: Vec<Value>) -> Self {
        Self(documents.into_iter().filter_map(Key::of).collect())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The one key that a token can mean. Without an id it must be the only one for the algorithm.
    fn find(&self, id: Option<&str>, algorithm: Algorithm) -> Option<Arc<DecodingKey>> {
        let named = |key: &&Key| id.is_none() || key.id.as_deref() == id;
        let mut keys = self.0.iter().filter(named);
        let mut keys = keys
            .by_ref()
            .filter(|key| key.algorithms.contains(&algorithm));
        let key = keys.next()?;
        keys.next().is_none().then(|| Arc::clone(&key.public))
    }
}

#[derive(Debug, Default)]
struct State {
    keys: KeySet,
    /// When `keys` were asked for, if they ever were.
    since: Option<Instant>,
    /// When the authorization server was asked last.
    asked: Option<Instant>,
    /// Whether that failed.
    failed: bool,
    /// Closed when the request that is under way has ended.
    asking: Option<watch::Receiver<()>>,
}

impl State {
    fn find(
        &self,
        id: Option<&str>,
        algorithm: Algorithm,
        now: Instant,
    ) -> Option<Arc<DecodingKey>> {
        let usable = self.since.is_some_and(|since| now - since < USABLE);
        usable.then(|| self.keys.find(id, algorithm)).flatten()
    }

    /// Whether to ask the authorization server.
    fn is_due(&self, found: bool, now: Instant) -> bool {
        let fresh = self.since.is_some_and(|since| now - since < FRESH);
        let rested = self.asked.is_none_or(|asked| now - asked >= PAUSE);
        rested && !(found && fresh) && !self.is_asking()
    }

    fn is_asking(&self) -> bool {
        self.asking
            .as_ref()
            .is_some_and(|asking| asking.has_changed().is_ok())
    }
}

#[derive(Debug)]
pub(super) struct Keys {
    server: AuthorizationServer,
    state: Mutex<State>,
}

impl Keys {
    pub(super) fn new(server: AuthorizationServer) -> Arc<Self> {
        Arc::new(Self {
            server,
            state: Mutex::default(),
        })
    }

    /// The key that a token with this header was signed with. Whoever needs keys that are not
    /// there waits for the same answer.
    pub(super) async fn find(
        self: &Arc<Self>,
        id: Option<&str>,
        algorithm: Algorithm,
    ) -> Result<Arc<DecodingKey>, KeyError> {
        let (found, asking) = self.look(id, algorithm);
        if let Some(key) = found {
            return Ok(key);
        }
        if let Some(mut asking) = asking {
            // An error means that the sender is gone, which is what is waited for.
            let _ = asking.changed().await;
        }
        let state = self.state();
        match state.find(id, algorithm, Instant::now()) {
            Some(key) => Ok(key),
            None if state.failed => Err(KeyError::Unavailable),
            None => Err(KeyError::Unknown),
        }
    }

    /// The key if it is there, and the request for newer keys if there is one now.
    fn look(
        self: &Arc<Self>,
        id: Option<&str>,
        algorithm: Algorithm,
    ) -> (Option<Arc<DecodingKey>>, Option<watch::Receiver<()>>) {
        let now = Instant::now();
        let mut state = self.state();
        let found = state.find(id, algorithm, now);
        if state.is_due(found.is_some(), now) {
            let (done, asking) = watch::channel(());
            state.asked = Some(now);
            state.asking = Some(asking);
            // A task of its own, so that a client that goes away takes nothing from the others.
            tokio::spawn(Arc::clone(self).ask(now, done));
        }
        (found, state.asking.clone())
    }

    async fn ask(self: Arc<Self>, now: Instant, done: watch::Sender<()>) {
        let answer = self.server.keys().await;
        let mut state = self.state();
        state.failed = answer.is_err();
        match answer {
            Ok(keys) => {
                state.keys = keys;
                state.since = Some(now);
            }
            Err(error) => tracing::error!(%error, "cannot get the authorization server's keys"),
        }
        drop(state);
        drop(done);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const X: &str = "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4";
    const Y: &str = "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM";

    fn p256(id: &str) -> Value {
        json!({"kty": "EC", "crv": "P-256", "kid": id, "x": X, "y": Y})
    }

    fn with(mut key: Value, name: &str, value: Value) -> Value {
        key[name] = value;
        key
    }

    #[test]
    fn a_key_verifies_only_what_it_is_for() {
        let usable = |key: Value| Key::of(key).map(|key| key.algorithms);
        assert_eq!(usable(p256("a")), Some(vec![Algorithm::ES256]));
        let own = with(p256("a"), "alg", json!("ES256"));
        assert_eq!(usable(own), Some(vec![Algorithm::ES256]));
        let rsa = json!({"kty": "RSA", "n": X, "e": "AQAB"});
        assert_eq!(usable(rsa.clone()), Some(RSA.to_vec()));
        let own = with(rsa.clone(), "alg", json!("PS256"));
        assert_eq!(usable(own), Some(vec![Algorithm::PS256]));
        let okp = json!({"kty": "OKP", "crv": "Ed25519", "x": X});
        assert_eq!(usable(okp), Some(vec![Algorithm::EdDSA]));
        for key in [
            with(p256("a"), "alg", json!("RS256")),
            with(p256("a"), "alg", json!("HS256")),
            with(p256("a"), "alg", json!("ECDH-ES")),
            with(p256("a"), "use", json!("enc")),
            with(p256("a"), "key_ops", json!(["deriveKey"])),
            with(p256("a"), "crv", json!("secp256k1")),
            with(p256("a"), "crv", json!("P-521")),
            with(p256("a"), "x", json!("not base64!")),
            with(rsa, "alg", json!("RSA-OAEP")),
            json!({"kty": "oct", "k": X}),
            json!({"kty": "AKP", "pub": X}),
            json!("key"),
        ] {
            assert_eq!(usable(key.clone()), None, "{key}");
        }
    }

    #[test]
    fn a_token_must_mean_one_key() {
        let keys = |ids: &[&str]| KeySet::of(ids.iter().map(|id| p256(id)).collect());
        let found = |keys: &KeySet, id| keys.find(id, Algorithm::ES256).is_some();
        assert!(found(&keys(&["a", "b"]), Some("a")));
        assert!(!found(&keys(&["a", "b"]), Some("c")));
        assert!(!found(&keys(&["a", "b"]), None));
        assert!(found(&keys(&["a"]), None));
        assert!(!found(&keys(&["a", "a"]), Some("a")));
        let other = keys(&["a"]).find(Some("a"), Algorithm::ES384);
        assert!(other.is_none());
    }

    #[test]
    fn keys_are_asked_for_when_old_or_missing_and_not_too_often() {
        let start = Instant::now();
        let mut state = State::default();
        assert!(state.is_due(false, start));
        state.asked = Some(start);
        assert!(!state.is_due(false, start + PAUSE / 2));
        assert!(state.is_due(false, start + PAUSE));

        state.keys = KeySet::of(vec![p256("a")]);
        state.since = Some(start);
        let found = |state: &State, now| state.find(Some("a"), Algorithm::ES256, now).is_some();
        assert!(found(&state, start));
        assert!(!state.is_due(true, start + PAUSE));
        assert!(state.is_due(true, start + FRESH));
        assert!(found(&state, start + FRESH));
        assert!(!found(&state, start + USABLE));

        let (done, asking) = watch::channel(());
        state.asking = Some(asking);
        assert!(!state.is_due(false, start + USABLE));
        drop(done);
        assert!(state.is_due(false, start + USABLE));
    }
}
