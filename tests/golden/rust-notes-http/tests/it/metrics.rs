//! `/metrics`, as Prometheus reads it.

use rmcp::model::{CallToolRequestParams, GetPromptRequestParams};

use crate::http::{INITIALIZE, Server, assert_status};
use crate::sample;
use crate::support::eras;

#[track_caller]
fn assert_has(metrics: &str, line: &str) {
    assert!(metrics.lines().any(|it| it == line), "{line}\n{metrics}");
}

#[tokio::test]
async fn calls_are_counted_and_timed_for_each_tool_there_is() {
    let server = Server::start(&[]).await;
    let tool = sample::TOOL;
    let none = format!("mcp_tool_calls_total{{tool=\"{tool}\",outcome=\"ok\"}} 0");
    assert_has(&server.get("/metrics", &[]).await, &none);

    let [_, era] = eras();
    let client = server.connect(era).await;
    client.call_tool(sample::call()).await.unwrap();
    for n in 0..20 {
        let name = format!("made-up-{n}");
        let call = CallToolRequestParams::new(name.clone());
        client.call_tool(call).await.unwrap_err();
        let prompt = GetPromptRequestParams::new(name);
        client.get_prompt(prompt).await.unwrap_err();
    }
    let metrics = server.get("/metrics", &[]).await;
    let labels = format!("tool=\"{tool}\",outcome=\"ok\"");
    assert_has(&metrics, &format!("mcp_tool_calls_total{{{labels}}} 1"));
    let timed = format!("mcp_tool_call_duration_seconds_bucket{{le=\"+Inf\",{labels}}} 1");
    assert_has(&metrics, &timed);
    for (method, outcome, count) in [
        ("tools/call", "ok", 1),
        ("tools/call", "error", 20),
        ("prompts/get", "error", 20),
    ] {
        let labels = format!("method=\"{method}\",outcome=\"{outcome}\"");
        assert_has(&metrics, &format!("mcp_requests_total{{{labels}}} {count}"));
    }
    assert_has(&metrics, "mcp_requests_in_flight 0");
    assert!(!metrics.contains("made-up"), "{metrics}");
}

#[tokio::test]
async fn sessions_and_refusals_are_counted() {
    let server = Server::start(&["--max-sessions", "2"]).await;
    for status in [200, 200, 503] {
        assert_status(&server.post(&[], INITIALIZE).await, status);
    }
    assert_status(&server.post(&["host: evil.example"], INITIALIZE).await, 403);
    let metrics = server.get("/metrics", &[]).await;
    assert_has(&metrics, "mcp_sessions 2");
    for status in [403, 503] {
        let labels = format!("status=\"{status}\"");
        assert_has(&metrics, &format!("mcp_http_refusals_total{{{labels}}} 1"));
    }
}
