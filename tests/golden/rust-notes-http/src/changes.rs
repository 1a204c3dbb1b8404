//! Tells clients that the list of notes has changed, in the way of their protocol revision.

use std::sync::{Arc, OnceLock};

use rmcp::RoleServer;
use rmcp::service::{NotificationContext, SubscriptionContext};
use tokio::sync::watch::Receiver;
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

/// What one session is told. A clone is for another session.
#[derive(Debug, Clone, Default)]
pub struct Changes(OnceLock<Arc<AbortOnDropHandle<()>>>);

impl Changes {
    /// 2026-07-28: the client holds a stream of notifications open. Feed it until one side closes it.
    pub async fn stream(
        mut names: Receiver<()>,
        stop: &CancellationToken,
        to: SubscriptionContext,
    ) {
        let feed = async {
            while names.changed().await.is_ok() {
                let sink = to.sink();
                if sink.notify_resource_list_changed().await.is_err() {
                    break;
                }
            }
        };
        tokio::select! {
            () = stop.cancelled() => {}
            () = to.cancelled() => {}
            () = feed => {}
        }
    }

    /// 2025-11-25 and older: push notifications into the session until it ends. A client may say more than once that it
    /// is ready.
    pub fn push(&self, mut names: Receiver<()>, to: NotificationContext<RoleServer>) {
        self.0.get_or_init(|| {
            let task = tokio::spawn(async move {
                while names.changed().await.is_ok() {
                    if to.peer.notify_resource_list_changed().await.is_err() {
                        break;
                    }
                }
            });
            Arc::new(AbortOnDropHandle::new(task))
        });
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rmcp::model::SubscriptionFilter;
    use rmcp::service::ClientLifecycleMode;
    use rmcp::{ClientHandler, RoleClient};
    use serde_json::json;
    use tokio::{sync::Notify, time::timeout};

    use super::*;
    use crate::server::tests::{call, connect, connect_as};

    const SOON: Duration = Duration::from_secs(5);

    #[tokio::test]
    async fn a_current_client_is_notified_on_its_stream() {
        let client = connect().await;
        let filter = SubscriptionFilter::builder().resources_list_changed();
        let mut stream = client.listen(filter.build()).await.unwrap();
        call(&client, "add-note", json!({"name": "news", "content": ""})).await;
        let notified = timeout(SOON, stream.next()).await.unwrap();
        assert!(notified.unwrap().is_some());
    }

    /// A client that waits for `notifications/resources/list_changed`.
    #[derive(Clone, Default)]
    struct Waiting(Arc<Notify>);

    impl ClientHandler for Waiting {
        async fn on_resource_list_changed(&self, _: NotificationContext<RoleClient>) {
            self.0.notify_one();
        }
    }

    #[tokio::test]
    async fn an_older_client_is_notified_in_its_session() {
        let waiting = Waiting::default();
        let client = connect_as(waiting.clone(), ClientLifecycleMode::Initialize).await;
        call(&client, "add-note", json!({"name": "news", "content": ""})).await;
        timeout(SOON, waiting.0.notified()).await.unwrap();
    }
}
