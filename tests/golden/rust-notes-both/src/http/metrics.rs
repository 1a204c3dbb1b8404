//! Metrics in the format of Prometheus. Labels take only values that this server
//! knows, so that no client can fill the memory.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Metric, Registry};

use crate::McpServer;
use crate::calls::Outcome;
use crate::error::AppError;

pub(super) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The statuses of requests that reach no handler.
const REFUSALS: &[StatusCode] = &[
    StatusCode::FORBIDDEN,
    StatusCode::REQUEST_TIMEOUT,
    StatusCode::PAYLOAD_TOO_LARGE,
    StatusCode::TOO_MANY_REQUESTS,
    StatusCode::SERVICE_UNAVAILABLE,
];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    method: &'static str,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CallLabels {
    tool: String,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RefusalLabels {
    status: u16,
}

/// Clones share the same numbers.
#[derive(Debug, Clone)]
pub struct Metrics(Arc<Numbers>);

#[derive(Debug)]
struct Numbers {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    in_flight: Gauge,
    sessions: Gauge,
    refusals: Family<RefusalLabels, Counter>,
    tools: HashMap<String, Tool>,
}

/// The numbers of one tool, by outcome.
#[derive(Debug)]
struct Tool {
    ok: Calls,
    error: Calls,
    cancelled: Calls,
}

#[derive(Debug)]
struct Calls {
    count: Counter,
    duration: Histogram,
}

impl Metrics {
    pub(super) fn new(server: &McpServer) -> Self {
        let mut registry = Registry::with_prefix("mcp");
        let requests = add(&mut registry, "requests", "Answered requests");
        let in_flight = add(&mut registry, "requests_in_flight", "Requests under way");
        let sessions = add(&mut registry, "sessions", "Open sessions of older clients");
        let refusals = add(&mut registry, "http_refusals", "HTTP requests refused");
        let calls = ToolCalls::add_to(&mut registry);
        let tools = server
            .tool_names()
            .map(|name| (name.clone(), calls.of(&name)));
        Self(Arc::new(Numbers {
            tools: tools.collect(),
            registry,
            requests,
            in_flight,
            sessions,
            refusals,
        }))
    }

    /// Count a request as in flight until the result is dropped.
    pub(crate) fn begin(&self) -> InFlight {
        self.0.in_flight.inc();
        InFlight(self.0.in_flight.clone())
    }

    pub(crate) fn record(
        &self,
        method: &'static str,
        tool: Option<&str>,
        outcome: Outcome,
        elapsed: Duration,
    ) {
        let labels = RequestLabels {
            method,
            outcome: outcome.name(),
        };
        self.0.requests.get_or_create(&labels).inc();
        if let Some(tool) = tool.and_then(|name| self.0.tools.get(name)) {
            let calls = tool.calls(outcome);
            calls.count.inc();
            calls.duration.observe(elapsed.as_secs_f64());
        }
    }

    pub(super) fn count_refusal(&self, status: StatusCode) {
        if REFUSALS.contains(&status) {
            let labels = RefusalLabels {
                status: status.as_u16(),
            };
            self.0.refusals.get_or_create(&labels).inc();
        }
    }

    pub(super) fn set_sessions(&self, open: usize) {
        self.0.sessions.set(i64::try_from(open).unwrap_or(i64::MAX));
    }

    /// Every metric as text.
    pub(super) fn render(&self) -> Result<String, AppError> {
        let mut text = String::new();
        encode(&mut text, &self.0.registry).map_err(AppError::internal)?;
        Ok(text)
    }
}

/// Register a metric.
fn add<M: Metric + Clone + Default>(registry: &mut Registry, name: &str, help: &str) -> M {
    let metric = M::default();
    registry.register(name, help, metric.clone());
    metric
}

/// The metrics that have a label for the tool.
struct ToolCalls {
    counts: Family<CallLabels, Counter>,
    durations: Family<CallLabels, Histogram, fn() -> Histogram>,
}

impl ToolCalls {
    fn add_to(registry: &mut Registry) -> Self {
        // From half a millisecond to 16 seconds.
        let buckets: fn() -> Histogram = || Histogram::new(exponential_buckets(0.000_5, 2.0, 16));
        let durations = Family::new_with_constructor(buckets);
        registry.register(
            "tool_call_duration_seconds",
            "Duration of tool calls",
            durations.clone(),
        );
        Self {
            counts: add(registry, "tool_calls", "Tool calls"),
            durations,
        }
    }

    /// The numbers of one tool, which are there from now on.
    fn of(&self, tool: &str) -> Tool {
        let calls = |outcome: Outcome| {
            let labels = CallLabels {
                tool: tool.to_owned(),
                outcome: outcome.name(),
            };
            Calls {
                count: self.counts.get_or_create(&labels).clone(),
                duration: self.durations.get_or_create(&labels).clone(),
            }
        };
        Tool {
            ok: calls(Outcome::Ok),
            error: calls(Outcome::ToolError),
            cancelled: calls(Outcome::Cancelled),
        }
    }
}

impl Tool {
    fn calls(&self, outcome: Outcome) -> &Calls {
        match outcome {
            Outcome::Ok => &self.ok,
            Outcome::ToolError | Outcome::Error(_) => &self.error,
            Outcome::Cancelled => &self.cancelled,
        }
    }
}

/// A request that is counted as in flight.
#[derive(Debug)]
pub(crate) struct InFlight(Gauge);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.dec();
    }
}
