//! Metrics of the tools, for Prometheus at `/metrics`.

use std::sync::LazyLock;
use std::time::Duration;

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

use crate::tools;

type Labels = Vec<(&'static str, String)>;

struct Metrics {
    registry: Registry,
    calls: Family<Labels, Counter>,
    durations: Family<Labels, Histogram>,
}

static METRICS: LazyLock<Metrics> = LazyLock::new(|| {
    let calls = Family::default();
    let durations: Family<Labels, Histogram> = Family::new_with_constructor(|| {
        let buckets = exponential_buckets(0.001, 4.0, 8);
        Histogram::new(buckets)
    });
    let mut registry = Registry::with_prefix("mcp");
    registry.register("tool_calls", "Calls of tools", calls.clone());
    let help = "How long calls of tools took";
    registry.register("tool_call_duration_seconds", help, durations.clone());
    Metrics {
        registry,
        calls,
        durations,
    }
});

/// Count a call. A name that a client made up is no label.
pub fn record(tool: &str, outcome: &str, elapsed: Duration) {
    if !tools::ROUTER.has_route(tool) {
        return;
    }
    let mut labels = vec![("tool", tool.to_owned())];
    let duration = METRICS.durations.get_or_create(&labels);
    duration.observe(elapsed.as_secs_f64());
    labels.push(("outcome", outcome.to_owned()));
    METRICS.calls.get_or_create(&labels).inc();
}

pub async fn show() -> Response {
    let mut text = String::new();
    if encode(&mut text, &METRICS.registry).is_err() {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], text).into_response()
}
