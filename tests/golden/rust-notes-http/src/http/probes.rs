//! What load balancers and container platforms ask. The answers are for everyone, and say no more than they must.

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use tokio_util::sync::CancellationToken;

/// `/healthz`: the process is alive. `/readyz`: it should be sent requests.
pub(super) fn routes(shutdown: CancellationToken) -> Router {
    let ready = async move || {
        if shutdown.is_cancelled() {
            return (StatusCode::SERVICE_UNAVAILABLE, "shutting down\n");
        }
        (StatusCode::OK, "ready\n")
    };
    Router::new()
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(ready))
}
