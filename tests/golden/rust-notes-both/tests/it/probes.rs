//! `/healthz` and `/readyz`, as load balancers and container platforms ask for them.

use crate::http::{Server, assert_status};

#[tokio::test]
async fn probes_are_answered_to_everybody() {
    let server = Server::start(&[]).await;
    for path in ["/healthz", "/readyz"] {
        let foreign = ["host: evil.example", "origin: http://evil.example"];
        assert_status(&server.get(path, &foreign).await, 200);
    }
}

/// With a delay, load balancers have the time to notice.
#[cfg(unix)]
#[tokio::test]
async fn a_server_that_is_to_stop_is_not_ready_and_serves_on() {
    use crate::http::{INITIALIZE, until};

    let server = Server::start(&["--shutdown-delay-seconds", "600"]).await;
    crate::support::terminate(&server.process).await;
    let refused = "HTTP/1.1 503 ";
    until(async || server.get("/readyz", &[]).await.starts_with(refused)).await;
    assert_status(&server.get("/healthz", &[]).await, 200);
    assert_status(&server.post(&[], INITIALIZE).await, 200);
}
