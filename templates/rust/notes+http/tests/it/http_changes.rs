//! Changes over HTTP, which clients of the two eras hear of in two ways.

use std::sync::Arc;
use std::time::Duration;

use rmcp::model::{CallToolRequestParams, SubscriptionFilter, object};
use rmcp::service::{NotificationContext, RunningService};
use rmcp::transport::StreamableHttpClientTransport;
use rmcp::{ClientHandler, RoleClient, ServiceExt as _};
use serde_json::json;
use tokio::sync::Notify;
use tokio::time::timeout;

use crate::http::Server;
use crate::support::{Client, SOON, eras};

/// A client that waits for `notifications/resources/list_changed`.
#[derive(Clone, Default)]
struct Listener(Arc<Notify>);

impl ClientHandler for Listener {
    async fn on_resource_list_changed(&self, _: NotificationContext<RoleClient>) {
        self.0.notify_one();
    }
}

impl Listener {
    /// A client of the older era, in a session of its own.
    async fn connect(&self, server: &Server) -> RunningService<RoleClient, Self> {
        let transport = StreamableHttpClientTransport::from_config(server.config());
        self.clone().serve(transport).await.unwrap()
    }

    async fn hears(&self) {
        timeout(SOON, self.0.notified()).await.unwrap();
    }
}

async fn add(client: &Client, name: &str) {
    let note = object(json!({"name": name, "content": ""}));
    let call = CallToolRequestParams::new("add-note").with_arguments(note);
    let result = client.call_tool(call).await.unwrap();
    assert_eq!(result.is_error, Some(false), "{result:?}");
}

#[tokio::test]
async fn every_session_of_older_clients_hears_of_every_change() {
    let server = Server::start(&[]).await;
    let [_, era] = eras();
    let other = server.connect(era).await;
    let (first, second, late) = <(Listener, Listener, Listener)>::default();
    let leaving = first.connect(&server).await;
    let _second = second.connect(&server).await;
    add(&other, "groceries").await;
    first.hears().await;
    second.hears().await;

    leaving.cancel().await.unwrap();
    let _late = late.connect(&server).await;
    add(&other, "ideas").await;
    second.hears().await;
    late.hears().await;
}

#[tokio::test]
async fn a_stream_tells_of_changes_since_it_was_opened() {
    let server = Server::start(&[]).await;
    let [_, era] = eras();
    let other = server.connect(era.clone()).await;
    add(&other, "groceries").await;
    let client = server.connect(era).await;
    let filter = SubscriptionFilter::builder().resources_list_changed();
    let mut stream = client.listen(filter.build()).await.unwrap();
    let nothing = timeout(Duration::from_millis(300), stream.next()).await;
    assert!(nothing.is_err(), "{nothing:?}");
    add(&other, "ideas").await;
    let heard = timeout(SOON, stream.next()).await.unwrap();
    assert!(heard.unwrap().is_some());
}

#[tokio::test]
async fn a_change_reaches_clients_of_both_eras() {
    let server = Server::start(&[]).await;
    let listener = Listener::default();
    let _legacy = listener.connect(&server).await;
    let [_, era] = eras();
    let current = server.connect(era.clone()).await;
    let filter = SubscriptionFilter::builder().resources_list_changed();
    let mut stream = current.listen(filter.build()).await.unwrap();

    let other = server.connect(era).await;
    add(&other, "ideas").await;
    let heard = timeout(SOON, stream.next()).await.unwrap();
    assert!(heard.unwrap().is_some());
    listener.hears().await;
}

#[cfg(unix)]
#[tokio::test]
async fn a_request_to_stop_ends_a_stream_with_its_result() {
    use rmcp::service::SubscriptionEnd;

    let mut server = Server::start(&[]).await;
    let [_, era] = eras();
    let client = server.connect(era).await;
    let filter = SubscriptionFilter::builder().resources_list_changed();
    let mut stream = client.listen(filter.build()).await.unwrap();
    crate::support::terminate(&server.process).await;
    let end = timeout(SOON, stream.next()).await.unwrap();
    assert!(end.unwrap().is_none());
    assert!(matches!(stream.end(), Some(SubscriptionEnd::Graceful(_))));
    assert!(crate::support::exit(&mut server.process).await.success());
}
