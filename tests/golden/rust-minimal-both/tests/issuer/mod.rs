//! An authorization server, as far as the tests need one.

use std::net::TcpListener;
use std::sync::LazyLock;
use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use axum::{Router, routing::get};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

pub const RESOURCE: &str = "https://mcp.example.com/mcp";

pub struct Issuer {
    pub url: String,
    key: EncodingKey,
}

pub static ISSUER: LazyLock<Issuer> = LazyLock::new(|| {
    let (kind, random) = (&ECDSA_P256_SHA256_FIXED_SIGNING, SystemRandom::new());
    let der = EcdsaKeyPair::generate_pkcs8(kind, &random).unwrap();
    let key = EncodingKey::from_ec_der(der.as_ref());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let mut public = json!(Jwk::from_encoding_key(&key, Algorithm::ES256).unwrap());
    public["kid"] = json!("key");
    let metadata = json!({ "issuer": url, "jwks_uri": format!("{url}/keys") }).to_string();
    let keys = json!({ "keys": [public] }).to_string();
    std::thread::spawn(move || serve(listener, metadata, keys));
    Issuer { url, key }
});

#[tokio::main]
async fn serve(listener: TcpListener, metadata: String, keys: String) {
    listener.set_nonblocking(true).unwrap();
    let listener = tokio::net::TcpListener::from_std(listener).unwrap();
    let place = "/.well-known/oauth-authorization-server";
    let router = Router::new()
        .route(place, get(async || metadata))
        .route("/keys", get(async || keys));
    axum::serve(listener, router).await.unwrap();
}

impl Issuer {
    /// A token with these claims in place of those of a good one.
    pub fn token(&self, changes: Value) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let mut claims = json!({
            "iss": self.url,
            "aud": RESOURCE,
            "sub": "someone",
            "exp": now.as_secs() + 300,
            "scope": "mcp:read mcp:write",
        });
        let Value::Object(changes) = changes else {
            panic!("claims are an object");
        };
        claims.as_object_mut().unwrap().extend(changes);
        let mut header = Header::new(Algorithm::ES256);
        header.kid = Some("key".to_owned());
        encode(&header, &claims, &self.key).unwrap()
    }
}
