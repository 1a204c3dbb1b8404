//! OpenTelemetry over OTLP: who sends spans and metrics, where to, and until when.
//! The standard variables decide; without `OTEL_EXPORTER_OTLP_ENDPOINT` nothing is measured or sent.

mod operation;

use std::env;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{OnceLock, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use opentelemetry::KeyValue;
use opentelemetry::metrics::{Histogram, MeterProvider as _};
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::{
    ExporterBuildError, MetricExporter, Protocol, SpanExporter, WithExportConfig as _,
};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::resource::{EnvResourceDetector, TelemetryResourceDetector};
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};
use tracing::{Metadata, Subscriber};
use tracing_subscriber::filter::{DynFilterFn, LevelFilter, Targets};
use tracing_subscriber::layer::{self, Filter, Layer};
use tracing_subscriber::registry::LookupSpan;

use crate::error::ConfigError;
pub(crate) use operation::Operation;

/// Bounds of the buckets for durations in seconds, as the semantic conventions have them.
const BUCKETS: [f64; 14] = [
    0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0,
];

/// How long it may take to send what is left when the process ends.
const PATIENCE: Duration = Duration::from_secs(2);

/// How often the log may say that nothing can be sent.
const COMPLAINT_INTERVAL: Duration = Duration::from_secs(60);

/// What requests are measured with.
static INSTRUMENTS: OnceLock<Instruments> = OnceLock::new();

#[derive(Debug)]
struct Instruments {
    tracer: SdkTracer,
    duration: Histogram<f64>,
}

/// Threads that send, from queues that are bounded: what does not fit is dropped, and no request waits.
#[derive(Debug)]
pub(crate) struct Otlp {
    traces: SdkTracerProvider,
    metrics: SdkMeterProvider,
}

impl Otlp {
    /// Nothing, unless a variable names a collector.
    ///
    /// # Errors
    ///
    /// Fails when the variables of OpenTelemetry cannot work.
    pub(crate) fn from_environment() -> Result<Option<Self>, ExporterBuildError> {
        let [send_traces, send_metrics] = ["TRACES", "METRICS"].map(is_sent);
        if !send_traces && !send_metrics {
            return Ok(None);
        }
        let mut traces = SdkTracerProvider::builder().with_resource(resource());
        if send_traces {
            let exporter = SpanExporter::builder().with_http();
            let exporter = exporter.with_protocol(Protocol::HttpBinary).build()?;
            traces = traces.with_batch_exporter(exporter);
        }
        let mut metrics = SdkMeterProvider::builder().with_resource(resource());
        if send_metrics {
            let exporter = MetricExporter::builder().with_http();
            let exporter = exporter.with_protocol(Protocol::HttpBinary).build()?;
            metrics = metrics.with_periodic_exporter(exporter);
        }
        let otlp = Self {
            traces: traces.build(),
            metrics: metrics.build(),
        };
        INSTRUMENTS.get_or_init(|| otlp.instruments());
        Ok(Some(otlp))
    }

    fn instruments(&self) -> Instruments {
        let scope = env!("CARGO_PKG_NAME");
        let meter = self.metrics.meter(scope);
        let duration = meter
            .f64_histogram("mcp.server.operation.duration")
            .with_unit("s")
            .with_description("How long requests take from their arrival to their answer")
            .with_boundaries(BUCKETS.into());
        Instruments {
            tracer: self.traces.tracer(scope),
            duration: duration.build(),
        }
    }

    /// Spans that this program's own code opens with `tracing`; those of libraries, the sending one among
    /// them, are left out.
    pub(crate) fn layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: Subscriber + for<'span> LookupSpan<'span>,
    {
        let own = Targets::new().with_target(env!("CARGO_CRATE_NAME"), LevelFilter::INFO);
        tracing_opentelemetry::layer()
            .with_tracer(self.traces.tracer(env!("CARGO_PKG_NAME")))
            .with_location(false)
            .with_threads(false)
            .with_filter(own)
    }

    /// Send what is left, as long as the collector takes it.
    pub(crate) fn close(&self) {
        let (open, closed) = mpsc::channel::<()>();
        let (traces, metrics) = (self.traces.clone(), self.metrics.clone());
        thread::spawn({
            let open = open.clone();
            move || {
                // The provider logs why it fails.
                let _ = traces.shutdown_with_timeout(PATIENCE);
                drop(open);
            }
        });
        thread::spawn(move || {
            let _ = metrics.shutdown_with_timeout(PATIENCE);
            drop(open);
        });
        // Nothing comes through the channel: it ends when both threads do.
        if closed.recv_timeout(PATIENCE) == Err(mpsc::RecvTimeoutError::Timeout) {
            tracing::warn!("the collector took too long, and the last spans and metrics are lost");
        }
    }
}

/// Variables that name a collector, and those that say how to speak to it.
const ENDPOINTS: [&str; 3] = [
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
];
const PROTOCOLS: [&str; 3] = [
    "OTEL_EXPORTER_OTLP_PROTOCOL",
    "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
    "OTEL_EXPORTER_OTLP_METRICS_PROTOCOL",
];

/// Refuse what this program could never send to.
pub(crate) fn check_environment() -> Result<(), ConfigError> {
    for name in ENDPOINTS {
        if variable(name).is_some_and(|value| !value.starts_with("http://")) {
            return Err(ConfigError(format!(
                "{name}: expected the address of a collector such as `http://127.0.0.1:4318`"
            )));
        }
    }
    for name in PROTOCOLS {
        if variable(name).is_some_and(|value| value != "http/protobuf") {
            return Err(ConfigError(format!("{name}: expected `http/protobuf`")));
        }
    }
    Ok(())
}

/// An empty variable counts as none.
fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

fn is_sent(signal: &str) -> bool {
    let endpoint = variable("OTEL_EXPORTER_OTLP_ENDPOINT")
        .or_else(|| variable(&format!("OTEL_EXPORTER_OTLP_{signal}_ENDPOINT")));
    let exporter = variable(&format!("OTEL_{signal}_EXPORTER"));
    let disabled = variable("OTEL_SDK_DISABLED");
    endpoint.is_some()
        && exporter.is_none_or(|exporter| exporter != "none")
        && disabled.is_none_or(|disabled| !disabled.eq_ignore_ascii_case("true"))
}

/// Who measures: this program, unless the environment calls it otherwise.
fn resource() -> Resource {
    let resource = Resource::builder_empty()
        .with_service_name(env!("CARGO_PKG_NAME"))
        .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
        .with_detector(Box::new(TelemetryResourceDetector))
        .with_detector(Box::new(EnvResourceDetector::new()));
    match variable("OTEL_SERVICE_NAME") {
        Some(name) => resource.with_service_name(name).build(),
        None => resource.build(),
    }
}

/// A filter for log lines, which lets a collector that is gone be told of once in a while.
pub(crate) fn seldom<S: Subscriber>() -> impl Filter<S> {
    let start = Instant::now();
    let next = AtomicU64::new(0);
    DynFilterFn::new(move |metadata: &Metadata<'_>, _: &layer::Context<'_, S>| {
        if !metadata.target().starts_with("opentelemetry") {
            return true;
        }
        let now = start.elapsed().as_secs();
        let due = |next| (now >= next).then_some(now + COMPLAINT_INTERVAL.as_secs());
        next.fetch_update(Ordering::Relaxed, Ordering::Relaxed, due)
            .is_ok()
    })
}
