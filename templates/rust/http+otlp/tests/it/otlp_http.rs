//! What a program that serves HTTP sends to a collector.

use serde_json::json;
use tokio::time::timeout;

use crate::http::{Server, assert_status, serving};
use crate::otlp::{BAD_SETTINGS, Collector, SPAN_ID, TRACE_ID, TRACEPARENT, attribute, hex};
use crate::support::SOON;

const OTHER_TRACE_ID: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const OTHER_TRACEPARENT: &str =
    "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0b9902b7-01";

async fn start(collector: &Collector) -> Server {
    let mut command = serving(&[]);
    command
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.endpoint)
        .env("OTEL_BSP_SCHEDULE_DELAY", "50")
        .env("OTEL_METRIC_EXPORT_INTERVAL", "50");
    Server::spawn(command).await
}

/// Ask for the tools, with this in `_meta` and these headers.
async fn list(server: &Server, traceparent: Option<&str>, headers: &[&str]) {
    let mut meta = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    if let Some(traceparent) = traceparent {
        meta["traceparent"] = traceparent.into();
    }
    let params = json!({"_meta": meta});
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": params});
    let protocol = ["mcp-protocol-version: 2026-07-28", "mcp-method: tools/list"];
    let headers = [&protocol[..], headers].concat();
    assert_status(&server.post(&headers, &body.to_string()).await, 200);
}

#[tokio::test]
async fn a_span_is_in_the_trace_of_the_message_and_else_of_the_headers() {
    let mut collector = Collector::start().await;
    let server = start(&collector).await;
    list(&server, Some(TRACEPARENT), &[OTHER_TRACEPARENT]).await;
    let span = collector.span("tools/list").await;
    assert_eq!(hex(&span.trace_id), TRACE_ID);
    assert_eq!(hex(&span.parent_span_id), SPAN_ID);
    assert_eq!(hex(&span.links[0].trace_id), OTHER_TRACE_ID);
    for (key, value) in [
        ("network.transport", "tcp"),
        ("mcp.protocol.version", "2026-07-28"),
    ] {
        assert_eq!(attribute(&span.attributes, key), Some(value), "{key}");
    }

    list(&server, None, &[OTHER_TRACEPARENT]).await;
    let span = collector.span("tools/list").await;
    assert_eq!(hex(&span.trace_id), OTHER_TRACE_ID);
    assert!(span.links.is_empty());

    list(&server, Some("no traceparent"), &[]).await;
    let span = collector.span("tools/list").await;
    assert!(span.parent_span_id.is_empty(), "{span:?}");

    let point = collector.duration("mcp.method.name", "tools/list").await;
    assert!(point.count >= 1, "{point:?}");
}

/// Clients write it, and spans wait in memory.
#[tokio::test]
async fn a_trace_state_of_any_length_is_not_kept() {
    let mut collector = Collector::start().await;
    let server = start(&collector).await;
    let header = format!("traceparent: {TRACEPARENT}");
    for (length, kept) in [(10, true), (5000, false)] {
        let state = format!("tracestate: vendor={}", "a".repeat(length));
        list(&server, None, &[&header, &state]).await;
        let span = collector.span("tools/list").await;
        assert_eq!(!span.trace_state.is_empty(), kept, "{span:?}");
    }
}

#[tokio::test]
async fn settings_that_could_never_work_are_named() {
    for (variable, value) in BAD_SETTINGS {
        let mut command = serving(&[]);
        let output = timeout(SOON, command.env(variable, value).output()).await;
        let output = output.unwrap().unwrap();
        assert_eq!(output.status.code(), Some(2));
        let message = String::from_utf8(output.stderr).unwrap();
        assert!(message.contains(variable), "{message}");
        assert!(!message.contains("secret"), "{message}");
    }
}
