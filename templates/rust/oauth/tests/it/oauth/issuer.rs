//! An authorization server on threads of its own, and its keys, made for the test.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeySize, PublicKeyComponents};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256,
    RSA_PSS_SHA256, RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde_json::{Value, json};

/// What the tokens of the tests are for.
pub const RESOURCE: &str = "https://mcp.example/mcp";

pub enum Kind {
    Ec(EcdsaKeyPair),
    Ed(Ed25519KeyPair),
    Rsa(RsaKeyPair),
}

pub struct Key {
    pub id: &'static str,
    pub kind: Kind,
}

impl Key {
    pub fn ec(id: &'static str) -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        Self {
            id,
            kind: Kind::Ec(pair),
        }
    }

    pub fn ed(id: &'static str) -> Self {
        Self {
            id,
            kind: Kind::Ed(Ed25519KeyPair::generate().unwrap()),
        }
    }

    pub fn rsa(id: &'static str) -> Self {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        Self {
            id,
            kind: Kind::Rsa(pair),
        }
    }

    /// The algorithm that its tokens name.
    pub fn algorithm(&self) -> &'static str {
        match &self.kind {
            Kind::Ec(_) => "ES256",
            Kind::Ed(_) => "EdDSA",
            Kind::Rsa(_) => "RS256",
        }
    }

    /// The public key as JSON.
    pub fn public(&self) -> Value {
        let mut key = match &self.kind {
            Kind::Ec(pair) => {
                let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
                json!({"kty": "EC", "crv": "P-256", "x": BASE64.encode(x), "y": BASE64.encode(y)})
            }
            Kind::Ed(pair) => {
                let x = BASE64.encode(pair.public_key());
                json!({"kty": "OKP", "crv": "Ed25519", "x": x})
            }
            Kind::Rsa(pair) => {
                let PublicKeyComponents { n, e } = PublicKeyComponents::from(pair.public_key());
                let (n, e): (Vec<u8>, Vec<u8>) = (n, e);
                json!({"kty": "RSA", "n": BASE64.encode(n), "e": BASE64.encode(e)})
            }
        };
        key["kid"] = json!(self.id);
        key
    }

    /// A token with this header and these claims, signed in the way that `algorithm` names.
    pub fn sign(&self, algorithm: &str, header: &Value, claims: &Value) -> String {
        let encode = |part: &Value| BASE64.encode(part.to_string());
        let message = format!("{}.{}", encode(header), encode(claims));
        let bytes = message.as_bytes();
        let random = SystemRandom::new();
        let signature = match &self.kind {
            Kind::Ec(pair) => pair.sign(&random, bytes).unwrap().as_ref().to_vec(),
            Kind::Ed(pair) => pair.sign(bytes).as_ref().to_vec(),
            Kind::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                match algorithm {
                    "PS256" => pair.sign(&RSA_PSS_SHA256, &random, bytes, &mut signature),
                    _ => pair.sign(&RSA_PKCS1_SHA256, &random, bytes, &mut signature),
                }
                .unwrap();
                signature
            }
        };
        format!("{message}.{}", BASE64.encode(signature))
    }
}

/// How the authorization server answers.
#[derive(Clone)]
pub enum Mood {
    Well,
    /// With this status, and this header.
    Ill(&'static str, String),
    Slow(Duration),
}

struct State {
    keys: Value,
    mood: Mood,
    /// Changes to the metadata.
    metadata: Value,
    /// How often the keys were asked for.
    asked: usize,
}

pub struct Issuer {
    pub key: Key,
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

impl Issuer {
    pub fn start(key: Key) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(Mutex::new(State {
            keys: json!([key.public()]),
            mood: Mood::Well,
            metadata: json!({}),
            asked: 0,
        }));
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let state = Arc::clone(&shared);
                thread::spawn(move || answer(stream.unwrap(), address, &state));
            }
        });
        Self {
            key,
            address,
            state,
        }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub fn publish(&self, keys: &[Value]) {
        self.state().keys = json!(keys);
    }

    pub fn set_mood(&self, mood: Mood) {
        self.state().mood = mood;
    }

    pub fn set_metadata(&self, name: &str, value: &str) {
        self.state().metadata[name] = json!(value);
    }

    pub fn asked(&self) -> usize {
        self.state().asked
    }

    pub fn claims(&self) -> Value {
        json!({
            "iss": self.url(),
            "sub": "alice",
            "aud": RESOURCE,
            "client_id": "tests",
            "iat": now(),
            "nbf": now(),
            "exp": now() + 300,
            "scope": "mcp:read mcp:write",
        })
    }

    pub fn header(&self) -> Value {
        json!({"alg": self.key.algorithm(), "typ": "at+jwt", "kid": self.key.id})
    }

    pub fn sign(&self, claims: &Value) -> String {
        self.key.sign(self.key.algorithm(), &self.header(), claims)
    }

    /// A token that is good, but for these claims.
    pub fn token_with(&self, changes: &[(&str, Value)]) -> String {
        let mut claims = self.claims();
        for (name, value) in changes {
            claims[*name] = value.clone();
        }
        self.sign(&claims)
    }

    pub fn token(&self) -> String {
        self.token_with(&[])
    }
}

pub fn now() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.unwrap().as_secs()
}

fn answer(mut stream: TcpStream, address: SocketAddr, state: &Mutex<State>) {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        if stream.read(&mut byte).unwrap_or(0) == 0 {
            return;
        }
        request.push(byte[0]);
    }
    let request = String::from_utf8(request).unwrap();
    let (mood, mut metadata, keys) = {
        let mut state = state.lock().unwrap();
        state.asked += usize::from(request.starts_with("GET /keys "));
        (
            state.mood.clone(),
            state.metadata.clone(),
            state.keys.clone(),
        )
    };
    if let Mood::Slow(time) = mood {
        thread::sleep(time);
    }
    let url = format!("http://{address}");
    for (name, value) in [("issuer", url.clone()), ("jwks_uri", format!("{url}/keys"))] {
        if metadata[name].is_null() {
            metadata[name] = json!(value);
        }
    }
    let (status, header, body) = match (mood, request.split(' ').nth(1).unwrap()) {
        (Mood::Ill(status, header), _) => (status, header, String::new()),
        (_, "/.well-known/openid-configuration") => ("200 OK", String::new(), metadata.to_string()),
        (_, "/keys") => ("200 OK", String::new(), json!({"keys": keys}).to_string()),
        _ => ("404 Not Found", String::new(), String::new()),
    };
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n{header}\r\n"
    );
    // Whoever asked may have lost its patience.
    let _ = stream.write_all((head + &body).as_bytes());
}
