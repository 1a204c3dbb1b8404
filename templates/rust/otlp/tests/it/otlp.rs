//! A collector that stands in for a real one: it takes OTLP over HTTP and decodes it.

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{KeyValue, any_value};
use opentelemetry_proto::tonic::metrics::v1::{HistogramDataPoint, metric};
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message as _;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::timeout;

use crate::support::SOON;

/// The trace that clients are in, and their span.
pub const TRACE_ID: &str = "0af7651916cd43dd8448eb211c80319c";
pub const SPAN_ID: &str = "b7ad6b7169203331";
pub const TRACEPARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

/// Variables, and values that could never work.
pub const BAD_SETTINGS: [(&str, &str); 3] = [
    (
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "https://user:secret@localhost",
    ),
    ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "secret:4317"),
    ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
];

pub struct Collector {
    pub endpoint: String,
    spans: UnboundedReceiver<Span>,
    durations: UnboundedReceiver<HistogramDataPoint>,
}

impl Collector {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let (span_sender, spans) = unbounded_channel();
        let (duration_sender, durations) = unbounded_channel();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(take(stream, span_sender.clone(), duration_sender.clone()));
            }
        });
        Self {
            endpoint,
            spans,
            durations,
        }
    }

    /// The next span with this name.
    pub async fn span(&mut self, name: &str) -> Span {
        loop {
            let span = timeout(SOON, self.spans.recv()).await.unwrap().unwrap();
            if span.name == name {
                return span;
            }
        }
    }

    /// How long requests took that have this attribute.
    pub async fn duration(&mut self, key: &str, value: &str) -> HistogramDataPoint {
        loop {
            let point = timeout(SOON, self.durations.recv()).await.unwrap().unwrap();
            if attribute(&point.attributes, key) == Some(value) {
                return point;
            }
        }
    }
}

/// Answer the requests of one connection.
async fn take(
    stream: TcpStream,
    spans: UnboundedSender<Span>,
    durations: UnboundedSender<HistogramDataPoint>,
) {
    let mut stream = BufReader::new(stream);
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if stream.read_line(&mut head).await.unwrap() == 0 {
                return;
            }
        }
        let head = head.to_lowercase();
        assert!(head.contains("content-type: application/x-protobuf"));
        let (_, length) = head.split_once("content-length: ").unwrap();
        let length = length.lines().next().unwrap().parse().unwrap();
        let mut body = vec![0; length];
        stream.read_exact(&mut body).await.unwrap();
        if head.starts_with("post /v1/traces ") {
            let export = ExportTraceServiceRequest::decode(&*body).unwrap();
            let scopes = export
                .resource_spans
                .into_iter()
                .flat_map(|it| it.scope_spans);
            for span in scopes.flat_map(|it| it.spans) {
                let _ = spans.send(span);
            }
        } else {
            assert!(head.starts_with("post /v1/metrics "), "{head}");
            let export = ExportMetricsServiceRequest::decode(&*body).unwrap();
            let scopes = export.resource_metrics.into_iter();
            for metric in scopes
                .flat_map(|it| it.scope_metrics)
                .flat_map(|it| it.metrics)
            {
                assert_eq!(metric.name, "mcp.server.operation.duration");
                let Some(metric::Data::Histogram(histogram)) = metric.data else {
                    panic!("a duration is a histogram");
                };
                for point in histogram.data_points {
                    let _ = durations.send(point);
                }
            }
        }
        let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
        stream.write_all(answer).await.unwrap();
    }
}

pub fn attribute<'a>(attributes: &'a [KeyValue], key: &str) -> Option<&'a str> {
    let attribute = attributes.iter().find(|it| it.key == key)?;
    match attribute.value.as_ref()?.value.as_ref()? {
        any_value::Value::StringValue(text) => Some(text),
        _ => None,
    }
}

pub fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().map(|byte| format!("{byte:02x}"));
    digits.collect::<Vec<_>>().concat()
}
