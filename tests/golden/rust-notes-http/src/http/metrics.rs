//! Metrics in the format of Prometheus.

use std::sync::Arc;
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

use crate::error::AppError;

pub(super) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Labels take only values that this server knows, so that no client can fill the memory.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Call {
    tool: String,
    outcome: &'static str,
}

/// Clones share the same numbers.
#[derive(Debug, Clone)]
pub struct Metrics {
    registry: Arc<Registry>,
    calls: Family<Call, Counter>,
    durations: Family<Call, Histogram, fn() -> Histogram>,
}

impl Default for Metrics {
    fn default() -> Self {
        let calls = Family::default();
        // From half a millisecond to 16 seconds.
        let buckets: fn() -> Histogram = || Histogram::new(exponential_buckets(0.000_5, 2.0, 16));
        let durations = Family::new_with_constructor(buckets);
        let mut registry = Registry::with_prefix("mcp");
        registry.register("tool_calls", "Tool calls", calls.clone());
        registry.register(
            "tool_call_duration_seconds",
            "Duration of tool calls",
            durations.clone(),
        );
        Self {
            registry: Arc::new(registry),
            calls,
            durations,
        }
    }
}

impl Metrics {
    pub(crate) fn record_call(&self, tool: String, ok: bool, elapsed: Duration) {
        let outcome = if ok { "ok" } else { "error" };
        let call = Call { tool, outcome };
        self.calls.get_or_create(&call).inc();
        let duration = self.durations.get_or_create(&call);
        duration.observe(elapsed.as_secs_f64());
    }

    /// Every metric as text.
    pub(super) fn render(&self) -> Result<String, AppError> {
        let mut text = String::new();
        encode(&mut text, &self.registry).map_err(AppError::internal)?;
        Ok(text)
    }
}
