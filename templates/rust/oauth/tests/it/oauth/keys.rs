//! The authorization server is ill, slow or has new keys.

use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::bearer;
use super::issuer::{Issuer, Key, Mood};
use crate::http::{INITIALIZE, Server, assert_status};
use crate::requests::{header, send};
use crate::support::SOON;

/// How long the server leaves the authorization server alone.
const PAUSE: Duration = Duration::from_secs(5);

async fn post(server: &Server, token: &str) -> String {
    send(server.address, "POST /mcp", &[&bearer(token)], INITIALIZE).await
}

/// Repeat until the answer is the expected one.
async fn until(status: u16, server: &Server, token: &str) {
    let start = Instant::now();
    let expected = format!("HTTP/1.1 {status} ");
    loop {
        let response = post(server, token).await;
        if response.starts_with(&expected) {
            return;
        }
        assert!(start.elapsed() < SOON, "{response}");
        sleep(Duration::from_millis(100)).await;
    }
}

async fn trusting(issuer: &Issuer) -> Server {
    Server::start(&["--oauth-issuer", &issuer.url()]).await
}

#[tokio::test]
async fn nobody_is_let_in_while_tokens_cannot_be_checked() {
    let elsewhere = Issuer::start(Key::ec("a"));
    let too_long = format!("padding: {}\r\n", "x".repeat(1024 * 1024));
    for mood in [
        Mood::Ill("500 Internal Server Error", String::new()),
        Mood::Ill("204 No Content", String::new()),
        Mood::Ill("200 OK", too_long),
        // Whose keys those are would be up to whoever redirects.
        Mood::Ill(
            "302 Found",
            format!("location: {}/keys\r\n", elsewhere.url()),
        ),
    ] {
        let issuer = Issuer::start(Key::ec("a"));
        issuer.set_mood(mood);
        let server = trusting(&issuer).await;
        for token in [issuer.token(), elsewhere.token()] {
            let response = post(&server, &token).await;
            assert_status(&response, 503);
            assert_eq!(header(&response, "retry-after"), Some("5"));
        }
        let health = send(server.address, "GET /healthz", &[], "").await;
        assert_status(&health, 200);
    }
    assert_eq!(elsewhere.asked(), 0);
}

#[tokio::test]
async fn a_server_recovers_with_its_authorization_server() {
    let issuer = Issuer::start(Key::ec("a"));
    issuer.set_mood(Mood::Ill("503 Service Unavailable", String::new()));
    let server = trusting(&issuer).await;
    let token = issuer.token();
    assert_status(&post(&server, &token).await, 503);
    issuer.set_mood(Mood::Well);
    until(200, &server, &token).await;
    // Known keys do for a while.
    issuer.set_mood(Mood::Ill("503 Service Unavailable", String::new()));
    sleep(PAUSE).await;
    assert_status(&post(&server, &token).await, 200);
    let unknown = Key::ec("b").sign(
        "ES256",
        &serde_json::json!({"alg": "ES256", "kid": "b"}),
        &issuer.claims(),
    );
    assert_status(&post(&server, &unknown).await, 503);
    assert_status(&post(&server, &token).await, 200);
}

#[tokio::test]
async fn metadata_and_keys_must_be_the_issuer_s_own() {
    for (name, value) in [
        ("issuer", "https://other.example"),
        ("issuer", "http://127.0.0.1"),
        ("jwks_uri", "http://192.0.2.1/keys"),
        ("jwks_uri", "file:///keys"),
        ("jwks_uri", "/keys"),
    ] {
        let issuer = Issuer::start(Key::ec("a"));
        issuer.set_metadata(name, value);
        let server = trusting(&issuer).await;
        assert_status(&post(&server, &issuer.token()).await, 503);
        assert_eq!(issuer.asked(), 0, "{name} {value}");
    }
    let issuer = Issuer::start(Key::ec("a"));
    issuer.publish(&[]);
    let server = trusting(&issuer).await;
    assert_status(&post(&server, &issuer.token()).await, 503);
}

#[tokio::test]
async fn new_keys_are_found_and_old_ones_forgotten() {
    let mut issuer = Issuer::start(Key::ec("a"));
    let server = trusting(&issuer).await;
    let old = issuer.token();
    assert_status(&post(&server, &old).await, 200);

    issuer.key = Key::ec("b");
    issuer.publish(&[issuer.key.public()]);
    let new = issuer.token();
    until(200, &server, &new).await;
    assert_status(&post(&server, &old).await, 401);
}

#[tokio::test]
async fn a_storm_of_unknown_keys_asks_once() {
    let issuer = Issuer::start(Key::ec("a"));
    issuer.set_mood(Mood::Slow(Duration::from_millis(200)));
    let server = trusting(&issuer).await;
    let claims = issuer.claims();
    let token = |number: usize| {
        let header = serde_json::json!({"alg": "ES256", "kid": format!("unknown-{number}")});
        issuer.key.sign("ES256", &header, &claims)
    };
    let start = Instant::now();
    let mut requests = JoinSet::new();
    for number in 0..50 {
        let (address, header) = (server.address, bearer(&token(number)));
        requests.spawn(async move { send(address, "POST /mcp", &[&header], INITIALIZE).await });
    }
    for response in requests.join_all().await {
        assert_status(&response, 401);
    }
    assert_status(&post(&server, &issuer.token()).await, 200);
    assert_status(&post(&server, &token(50)).await, 401);
    let pauses = usize::try_from(start.elapsed().as_secs() / PAUSE.as_secs()).unwrap();
    assert!(issuer.asked() <= 1 + pauses, "{}", issuer.asked());
}

#[tokio::test]
async fn a_slow_authorization_server_holds_up_nobody_whose_key_is_known() {
    let issuer = Issuer::start(Key::ec("a"));
    let server = trusting(&issuer).await;
    let token = issuer.token();
    assert_status(&post(&server, &token).await, 200);
    issuer.set_mood(Mood::Slow(Duration::from_secs(60)));
    sleep(PAUSE).await;

    let other = Key::ec("b");
    let header: Value = serde_json::json!({"alg": "ES256", "kid": "b"});
    let unknown = bearer(&other.sign("ES256", &header, &issuer.claims()));
    let address = server.address;
    let waiting = tokio::spawn(async move {
        let start = Instant::now();
        let response = send(address, "POST /mcp", &[&unknown], INITIALIZE).await;
        (response, start.elapsed())
    });
    assert_status(&post(&server, &token).await, 200);
    assert!(!waiting.is_finished());
    let (response, time) = waiting.await.unwrap();
    assert_status(&response, 503);
    assert!(time < SOON, "{time:?}");
}
