//! What a program that serves stdio sends to a collector.

use opentelemetry_proto::tonic::trace::v1::{span::SpanKind, status::StatusCode};
use rmcp::model::{CallToolRequestParams, RequestParamsMeta as _};
use tokio::net::TcpListener;
use tokio::process::Child;
use tokio::time::timeout;

use crate::otlp::{BAD_SETTINGS, Collector, SPAN_ID, TRACE_ID, TRACEPARENT, attribute, hex};
use crate::sample;
use crate::support::{Client, SOON, command, connect, eras, refusal};

async fn start(environment: &[(&str, &str)]) -> (Child, Client) {
    let mut command = command(&[]);
    let mut process = command.envs(environment.iter().copied()).spawn().unwrap();
    let pipes = (
        process.stdout.take().unwrap(),
        process.stdin.take().unwrap(),
    );
    let [era, _] = eras();
    let client = connect(pipes, era).await;
    (process, client)
}

#[tokio::test]
async fn a_call_is_a_span_in_the_trace_of_its_client() {
    let mut collector = Collector::start().await;
    let endpoint = [("OTEL_EXPORTER_OTLP_ENDPOINT", &*collector.endpoint)];
    let (process, client) = start(&endpoint).await;
    let mut call = sample::call();
    call.set_traceparent(TRACEPARENT);
    client.call_tool(call).await.unwrap();
    let bad = CallToolRequestParams::new(sample::TOOL);
    client.call_tool(bad).await.unwrap();
    let unknown = CallToolRequestParams::new("made-up");
    client.call_tool(unknown).await.unwrap_err();
    client.cancel().await.unwrap();
    let output = timeout(SOON, process.wait_with_output()).await;
    assert!(output.unwrap().unwrap().status.success());

    let tool = sample::TOOL;
    let name = format!("tools/call {tool}");
    let span = collector.span(&name).await;
    assert_eq!(hex(&span.trace_id), TRACE_ID);
    assert_eq!(hex(&span.parent_span_id), SPAN_ID);
    assert_eq!(span.kind(), SpanKind::Server);
    for (key, value) in [
        ("mcp.method.name", "tools/call"),
        ("gen_ai.operation.name", "execute_tool"),
        ("gen_ai.tool.name", tool),
        ("network.transport", "pipe"),
        ("mcp.protocol.version", "2025-11-25"),
    ] {
        assert_eq!(attribute(&span.attributes, key), Some(value), "{key}");
    }
    assert_eq!(attribute(&span.attributes, "error.type"), None);

    let span = collector.span(&name).await;
    assert_ne!(hex(&span.trace_id), TRACE_ID);
    let error = attribute(&span.attributes, "error.type");
    assert_eq!(error, Some("tool_error"));
    assert_eq!(span.status.unwrap().code(), StatusCode::Error);

    let span = collector.span("tools/call").await;
    assert_eq!(attribute(&span.attributes, "error.type"), Some("-32602"));
    assert!(!format!("{span:?}").contains("made-up"));

    let point = collector.duration("gen_ai.tool.name", tool).await;
    assert!(point.count >= 1, "{point:?}");
}

/// Nobody listens at the first address, and the second one is never answered from.
#[tokio::test]
async fn a_collector_that_is_gone_or_hangs_disturbs_nobody() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent = format!("http://{}", listener.local_addr().unwrap());
    for (endpoint, told) in [("http://127.0.0.1:9", 1), (&*silent, 0)] {
        let (process, client) = start(&[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint),
            ("OTEL_BSP_SCHEDULE_DELAY", "1"),
            ("OTEL_BSP_MAX_QUEUE_SIZE", "16"),
        ])
        .await;
        for _ in 0..200 {
            let result = client.call_tool(sample::call()).await.unwrap();
            assert_eq!(result.is_error, Some(false));
        }
        client.cancel().await.unwrap();
        let output = timeout(SOON, process.wait_with_output()).await;
        let output = output.unwrap().unwrap();
        assert!(output.status.success());
        let log = String::from_utf8(output.stderr).unwrap();
        let complaints = log.lines().filter(|it| it.contains("opentelemetry"));
        assert!((told..=1).contains(&complaints.count()), "{log}");
    }
}

#[tokio::test]
async fn settings_that_could_never_work_are_named() {
    for (variable, value) in BAD_SETTINGS {
        let message = refusal(&[], &[(variable, value)]).await;
        assert!(message.contains(variable), "{message}");
        assert!(!message.contains("secret"), "{message}");
    }
}
