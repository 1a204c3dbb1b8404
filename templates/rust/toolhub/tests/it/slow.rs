//! A slow query: what its caller and the others see of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use rmcp::model::{
    CallToolRequest, CallToolRequestParams, CallToolResult, ClientRequest,
    ProgressNotificationParam, object,
};
use rmcp::service::{NotificationContext, Peer, PeerRequestOptions, RequestHandle};
use rmcp::{ClientHandler, RoleClient};
use serde_json::json;
use tokio::time::timeout;

use crate::support::SOON;
use crate::{sample, session};

/// It ends when it is made to.
const ENDLESS: &str =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";

pub fn endless() -> CallToolRequestParams {
    CallToolRequestParams::new("run_query").with_arguments(object(json!({"sql": ENDLESS})))
}

/// Begin a call that can be cancelled.
pub async fn begin(peer: &Peer<RoleClient>) -> RequestHandle<RoleClient> {
    let request = ClientRequest::CallToolRequest(CallToolRequest::new(endless()));
    let options = PeerRequestOptions::no_options();
    peer.send_cancellable_request(request, options)
        .await
        .unwrap()
}

/// Call until there is a result that is no error, which means that the only connection is free.
pub async fn wait_until_free(peer: &Peer<RoleClient>) {
    let free = async {
        loop {
            let result = peer.call_tool(sample::call()).await.unwrap();
            if result.is_error == Some(false) {
                return;
            }
        }
    };
    timeout(SOON, free).await.unwrap();
}

/// A client that counts what it hears of progress.
#[derive(Clone, Default)]
pub struct Progress(pub Arc<AtomicUsize>);

impl Progress {
    pub fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    /// Wait until `count` notifications have come.
    pub async fn wait_for(&self, count: usize) {
        let come = async {
            while self.count() < count {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        timeout(SOON, come).await.unwrap();
    }
}

impl ClientHandler for Progress {
    async fn on_progress(&self, _: ProgressNotificationParam, _: NotificationContext<RoleClient>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[track_caller]
fn explanation(result: &CallToolResult) -> &str {
    assert_eq!(result.is_error, Some(true), "{result:?}");
    &result.content[0].as_text().unwrap().text
}

#[tokio::test]
async fn a_query_is_stopped_in_time_and_its_caller_hears_why() {
    let mut command = session::command();
    command.env("MCP_QUERY_TIMEOUT_SECONDS", "1");
    let (_process, client) = session::open((), command).await;
    let result = client.call_tool(endless()).await.unwrap();
    let text = explanation(&result);
    assert_eq!(text, "the query was refused: it takes longer than 1 s");
    let result = client.call_tool(sample::call()).await.unwrap();
    assert_eq!(result.is_error, Some(false), "{result:?}");
}

#[tokio::test]
async fn slow_queries_leave_connections_to_the_others() {
    let mut command = session::command();
    command.env("MCP_DATABASE_CONNECTIONS", "2");
    let progress = Progress::default();
    let (_process, client) = session::open(progress.clone(), command).await;
    let slow = [begin(&client).await, begin(&client).await];
    progress.wait_for(2).await;
    let result = client.call_tool(sample::call()).await.unwrap();
    assert_eq!(result.is_error, Some(false), "{result:?}");
    for call in slow {
        call.cancel(None).await.unwrap();
    }
}

#[tokio::test]
async fn who_finds_every_connection_in_use_is_told_so() {
    let mut command = session::command();
    command
        .env("MCP_DATABASE_CONNECTIONS", "1")
        .env("MCP_QUERY_TIMEOUT_SECONDS", "50");
    let progress = Progress::default();
    let (_process, client) = session::open(progress.clone(), command).await;
    let slow = begin(&client).await;
    // The first is told before the query has its connection.
    progress.wait_for(2).await;
    let result = client.call_tool(sample::call()).await.unwrap();
    assert_eq!(
        explanation(&result),
        "all connections to the database are in use; try again in a moment"
    );
    slow.cancel(None).await.unwrap();
    wait_until_free(&client).await;
}
