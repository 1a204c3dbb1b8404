//! Which tokens are good.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde_json::{Value, json};

use super::issuer::{Issuer, Key, RESOURCE, now};
use super::{ISSUER, bearer};
use crate::http::{INITIALIZE, Server, assert_status};
use crate::requests::{header, send};

/// What every challenge ends with.
const METADATA: &str = "resource_metadata=\"https://mcp.example/.well-known/oauth-protected-resource/mcp\", \
                        scope=\"mcp:read\"";

async fn post(server: &Server, headers: &[&str]) -> String {
    send(server.address, "POST /mcp", headers, INITIALIZE).await
}

/// An authorization server with a key of each kind, and a server that trusts it.
async fn several_keys() -> (Issuer, [Key; 3], Server) {
    let issuer = Issuer::start(Key::ec("ec"));
    let others = [Key::rsa("rsa"), Key::ed("ed"), Key::rsa("pss")];
    let mut keys: Vec<Value> = others.iter().map(Key::public).collect();
    keys[2]["alg"] = json!("PS256");
    keys.push(issuer.key.public());
    // Keys of no use to this server take nothing from the others.
    keys.push(
        json!({"kty": "oct", "kid": "oct", "k": BASE64.encode("a shared secret of 32 characters")}),
    );
    keys.push(json!({"kty": "AKP", "kid": "akp", "alg": 7}));
    issuer.publish(&keys);
    let server = Server::start(&["--oauth-issuer", &issuer.url()]).await;
    (issuer, others, server)
}

#[tokio::test]
async fn good_tokens_of_every_kind_get_in() {
    let (issuer, [rsa, ed, pss], server) = several_keys().await;
    let claims = issuer.claims();
    let with = |name: &str, value: Value| issuer.token_with(&[(name, value)]);
    let without = |name: &str| {
        let mut claims = claims.clone();
        claims.as_object_mut().unwrap().remove(name);
        claims
    };
    let header = |algorithm: &str, kid: &str| json!({"alg": algorithm, "kid": kid});
    let mut lists = without("scope");
    lists["scp"] = json!(["mcp:write", "mcp:read"]);
    for token in [
        with("exp", json!(now() - 5)),
        issuer.token(),
        rsa.sign("RS256", &header("RS256", "rsa"), &claims),
        rsa.sign("PS256", &header("PS256", "rsa"), &claims),
        pss.sign("PS256", &header("PS256", "pss"), &claims),
        ed.sign("EdDSA", &header("EdDSA", "ed"), &claims),
        // Without a key's name it must be clear which one is meant.
        ed.sign("EdDSA", &json!({"alg": "EdDSA", "typ": "JWT"}), &claims),
        with("aud", json!(["https://other.example", RESOURCE])),
        with("nbf", json!(now() + 10)),
        with("exp", json!(4e9)),
        issuer.sign(&without("nbf")),
        issuer.sign(&without("iat")),
        issuer.sign(&without("client_id")),
        issuer.sign(&lists),
    ] {
        let response = post(&server, &[&bearer(&token)]).await;
        assert_status(&response, 200);
    }
}

/// Tokens that look good but for one thing, and what the answer says of it.
fn bad_claims(issuer: &Issuer) -> Vec<(String, &'static str)> {
    let changed = |name: &str, value: Value| issuer.token_with(&[(name, value)]);
    let mut bad = vec![
        (changed("exp", json!(now() - 60)), "the token has expired"),
        (
            changed("nbf", json!(now() + 3600)),
            "the token is not valid yet",
        ),
        (
            changed("iat", json!(now() + 3600)),
            "the token is from the future",
        ),
        (changed("iat", json!(-1)), "the token is from the future"),
        (
            changed("exp", json!("soon")),
            "a claim is missing or malformed",
        ),
        (changed("exp", json!(-1)), "a claim is missing or malformed"),
        (
            changed("iss", json!("https://other.example")),
            "the token is of another issuer",
        ),
        (
            changed("iss", json!(issuer.url() + "/")),
            "the token is of another issuer",
        ),
        (
            changed("iss", json!([issuer.url()])),
            "a claim is missing or malformed",
        ),
        (
            changed("aud", json!("https://other.example")),
            "the token is for another resource",
        ),
        (
            changed("aud", json!(RESOURCE.to_owned() + "/")),
            "the token is for another resource",
        ),
        (
            changed("aud", json!("https://mcp.example")),
            "the token is for another resource",
        ),
        (
            changed("aud", json!([])),
            "the token is for another resource",
        ),
        (changed("aud", json!(7)), "a claim is missing or malformed"),
        (changed("sub", json!(7)), "a claim is missing or malformed"),
        (
            changed("scope", json!({})),
            "a claim is missing or malformed",
        ),
        (
            changed("padding", json!("x".repeat(8 * 1024))),
            "the token is too long",
        ),
    ];
    for name in ["exp", "iss", "aud", "sub"] {
        let mut claims = issuer.claims();
        claims.as_object_mut().unwrap().remove(name);
        bad.push((issuer.sign(&claims), "a claim is missing or malformed"));
    }
    bad
}

fn bad_signatures(issuer: &Issuer, rsa: &Key, pss: &Key) -> Vec<(String, &'static str)> {
    let claims = issuer.claims();
    let header = |changes: Value| {
        let mut header = issuer.header();
        for (name, value) in changes.as_object().unwrap() {
            header[name] = value.clone();
        }
        issuer.key.sign("ES256", &header, &claims)
    };
    let token = issuer.token();
    let (message, signature) = token.rsplit_once('.').unwrap();
    let (_, payload) = message.split_once('.').unwrap();
    let encode = |part: Value| BASE64.encode(part.to_string());
    let unsigned = |algorithm: &str| format!("{}.{payload}.", encode(json!({"alg": algorithm})));
    let confused = {
        // The public key, which everybody knows, taken for a shared secret.
        let message = format!("{}.{payload}", encode(json!({"alg": "HS256", "kid": "ec"})));
        let key = hmac::Key::new(
            hmac::HMAC_SHA256,
            issuer.key.public().to_string().as_bytes(),
        );
        let signature = BASE64.encode(hmac::sign(&key, message.as_bytes()));
        format!("{message}.{signature}")
    };
    let mut own = issuer.header();
    own["jwk"] = Key::ec("ec").public();
    let stranger = Key::ec("ec");
    vec![
        (unsigned("none"), "the token is malformed"),
        (unsigned("ES256"), "the signature is wrong"),
        (confused, "the algorithm is not asymmetric"),
        (
            stranger.sign("ES256", &issuer.header(), &claims),
            "the signature is wrong",
        ),
        (
            stranger.sign("ES256", &own, &claims),
            "the signature is wrong",
        ),
        (
            format!("{message}.{}", &signature[..signature.len() - 2]),
            "the signature is wrong",
        ),
        (format!("{message}."), "the signature is wrong"),
        (header(json!({"kid": "other"})), "the key is not known"),
        (header(json!({"kid": "oct"})), "the key is not known"),
        (header(json!({"kid": "rsa"})), "the key is not known"),
        (header(json!({"alg": "ES384"})), "the key is not known"),
        (header(json!({"alg": "RS256"})), "the key is not known"),
        (
            rsa.sign("PS256", &json!({"alg": "PS256"}), &claims),
            "the key is not known",
        ),
        (
            rsa.sign("PS256", &json!({"alg": "RS256", "kid": "rsa"}), &claims),
            "the signature is wrong",
        ),
        (
            pss.sign("RS256", &json!({"alg": "RS256", "kid": "pss"}), &claims),
            "the key is not known",
        ),
        (
            header(json!({"crit": ["exp"]})),
            "the token has critical extensions",
        ),
        (
            header(json!({"crit": []})),
            "the token has critical extensions",
        ),
        (
            header(json!({"typ": "id_token+jwt"})),
            "the token is no access token",
        ),
        (header(json!({"kid": 7})), "the token is malformed"),
        (format!("{token}.x"), "the token is malformed"),
        (message.to_owned(), "the token is malformed"),
        ("x".to_owned(), "the token is malformed"),
    ]
}

#[tokio::test]
async fn bad_tokens_are_refused_and_told_why() {
    let (issuer, [rsa, _, pss], server) = several_keys().await;
    let mut bad = bad_claims(&issuer);
    bad.extend(bad_signatures(&issuer, &rsa, &pss));
    for (token, why) in bad {
        let response = post(&server, &[&bearer(&token)]).await;
        assert!(response.starts_with("HTTP/1.1 401 "), "{token}: {response}");
        let challenge = header(&response, "www-authenticate").unwrap();
        let expected =
            format!("Bearer error=\"invalid_token\", error_description=\"{why}\", {METADATA}");
        assert_eq!(challenge, expected, "{token}");
    }
    assert_status(&post(&server, &[&bearer(&issuer.token())]).await, 200);
}

#[tokio::test]
async fn a_token_stands_in_one_header_and_nowhere_else() {
    let server = Server::start(&[]).await;
    let token = ISSUER.token();
    let good = bearer(&token);
    for headers in [
        &[][..],
        &["authorization: Bearer"],
        &["authorization: Basic YWxpY2U6c2VjcmV0"],
        &[&format!("authorization: {token}")],
        &[&format!("x-{good}")],
    ] {
        let response = post(&server, headers).await;
        assert_status(&response, 401);
        let challenge = header(&response, "www-authenticate");
        assert_eq!(challenge, Some(format!("Bearer {METADATA}").as_str()));
    }
    assert_status(&post(&server, &[&good, &good]).await, 401);
    let query = format!("POST /mcp?access_token={token}");
    assert_status(&send(server.address, &query, &[], INITIALIZE).await, 401);
    for scheme in ["bearer", "BEARER "] {
        let headers = [format!("authorization: {scheme} {token}")];
        assert_status(&post(&server, &[&headers[0]]).await, 200);
    }
    for request in ["GET /mcp", "DELETE /mcp", "GET /metrics"] {
        assert_status(&send(server.address, request, &[], "").await, 401);
    }
    assert_status(&send(server.address, "GET /healthz", &[], "").await, 200);
    assert_status(
        &send(server.address, "GET /metrics", &[&good], "").await,
        200,
    );
}

#[tokio::test]
async fn whoever_needs_a_token_learns_where_to_get_one() {
    let server = Server::start(&["--oauth-scopes", "b, a"]).await;
    let path = "/.well-known/oauth-protected-resource";
    for path in [path.to_owned(), format!("{path}/mcp")] {
        let response = send(server.address, &format!("GET {path}"), &[], "").await;
        assert_status(&response, 200);
        assert_eq!(header(&response, "content-type"), Some("application/json"));
        let body = response.split("\r\n\r\n").nth(1).unwrap();
        let metadata: Value = serde_json::from_str(body).unwrap();
        assert_eq!(
            metadata,
            json!({
                "resource": RESOURCE,
                "authorization_servers": [ISSUER.url()],
                "scopes_supported": ["a", "b"],
                "bearer_methods_supported": ["header"],
            })
        );
        let foreign = ["host: evil.example"];
        let response = send(server.address, &format!("GET {path}"), &foreign, "").await;
        assert_status(&response, 403);
    }
}

/// A port of its own is for the operator's network: no token that lives for minutes suits a scraper.
#[tokio::test]
async fn metrics_on_a_port_of_their_own_need_no_token() {
    let server = Server::start(&["--metrics-port", "0"]).await;
    let metrics = server.metrics.unwrap();
    assert_status(&send(metrics, "GET /metrics", &[], "").await, 200);
    assert_status(&send(metrics, "POST /mcp", &[], INITIALIZE).await, 404);
    assert_status(&send(server.address, "GET /metrics", &[], "").await, 404);
}
