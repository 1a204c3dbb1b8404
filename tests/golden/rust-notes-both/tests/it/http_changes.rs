//! Changes over HTTP, which clients of the two eras hear of in two ways.

use std::sync::Arc;

use rmcp::model::SubscriptionFilter;
use rmcp::service::{NotificationContext, SubscriptionEnd};
use rmcp::transport::StreamableHttpClientTransport;
use rmcp::{ClientHandler, RoleClient, ServiceExt as _};
use tokio::sync::Notify;
use tokio::time::timeout;

use crate::http::Server;
use crate::sample;
use crate::support::{SOON, eras};

/// A client that waits for `notifications/resources/list_changed`.
#[derive(Clone, Default)]
struct Listener(Arc<Notify>);

impl ClientHandler for Listener {
    async fn on_resource_list_changed(&self, _: NotificationContext<RoleClient>) {
        self.0.notify_one();
    }
}

#[tokio::test]
async fn a_change_reaches_the_other_clients_of_both_eras() {
    let server = Server::start(&[]).await;
    let listener = Listener::default();
    let transport = StreamableHttpClientTransport::from_config(server.config());
    let _legacy = listener.clone().serve(transport).await.unwrap();
    let [_, era] = eras();
    let current = server.connect(era.clone()).await;
    let filter = SubscriptionFilter::builder().resources_list_changed();
    let mut stream = current.listen(filter.build()).await.unwrap();

    let other = server.connect(era).await;
    other.call_tool(sample::call()).await.unwrap();
    let heard = timeout(SOON, stream.next()).await.unwrap();
    assert!(heard.unwrap().is_some());
    timeout(SOON, listener.0.notified()).await.unwrap();
}

#[cfg(unix)]
#[tokio::test]
async fn a_request_to_stop_ends_a_stream_with_its_result() {
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
