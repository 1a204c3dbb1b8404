//! Tells clients that the list of notes has changed, in the way of their protocol revision.

use std::sync::OnceLock;

use rmcp::RoleServer;
use rmcp::service::{NotificationContext, SubscriptionContext};
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio_util::sync::CancellationToken;

/// The changes that one session can hear of. A clone is for another session.
#[derive(Debug)]
pub struct Changes {
    names: watch::Receiver<()>,
    push: OnceLock<AbortHandle>,
    /// Cancelled when every stream should end, in all sessions.
    pub(crate) closing: CancellationToken,
}

impl Changes {
    #[must_use]
    pub fn new(names: watch::Receiver<()>) -> Self {
        Self {
            names,
            push: OnceLock::new(),
            closing: CancellationToken::new(),
        }
    }

    /// 2026-07-28: the client holds a stream of notifications open. Feed it until one side closes it.
    pub async fn stream(&self, context: SubscriptionContext) {
        let feed = async {
            if context.accepted().resources_list_changed != Some(true) {
                return std::future::pending().await;
            }
            // From the start of the session on, so that no change is lost while the stream opens.
            let mut names = self.names.clone();
            while names.changed().await.is_ok()
                && context.sink().notify_resource_list_changed().await.is_ok()
            {}
        };
        tokio::select! {
            () = self.closing.cancelled() => {}
            () = context.cancelled() => {}
            () = feed => {}
        }
    }

    /// 2025-11-25 and older: push notifications into the session as long as it lasts.
    /// A client may say more than once that it is ready; it is served once.
    pub fn push(&self, context: NotificationContext<RoleServer>) {
        self.push.get_or_init(|| {
            let mut names = self.names.clone();
            let task = tokio::spawn(async move {
                while names.changed().await.is_ok()
                    && context.peer.notify_resource_list_changed().await.is_ok()
                {}
            });
            task.abort_handle()
        });
    }
}

impl Clone for Changes {
    fn clone(&self) -> Self {
        let mut names = self.names.clone();
        names.mark_unchanged();
        Self {
            names,
            push: OnceLock::new(),
            closing: self.closing.clone(),
        }
    }
}

impl Drop for Changes {
    fn drop(&mut self) {
        if let Some(task) = self.push.get() {
            task.abort();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use rmcp::model::SubscriptionFilter;
    use rmcp::{ClientHandler, RoleClient, ServiceExt as _};
    use serde_json::json;
    use tokio::sync::Notify;
    use tokio::time::timeout;

    use crate::testing::{call, connect, serve};

    const SOON: Duration = Duration::from_secs(5);

    #[tokio::test]
    async fn a_current_client_hears_of_a_new_note_on_its_stream() {
        let client = connect().await;
        let filter = SubscriptionFilter::builder().resources_list_changed();
        let mut stream = client.listen(filter.build()).await.unwrap();
        let note = json!({"name": "news", "content": ""});
        call(&client, "add-note", note).await;
        let heard = timeout(SOON, stream.next()).await.unwrap();
        assert!(heard.unwrap().is_some());
    }

    /// A client that waits for `notifications/resources/list_changed`.
    #[derive(Clone, Default)]
    struct Listener(Arc<Notify>);

    impl ClientHandler for Listener {
        async fn on_resource_list_changed(
            &self,
            _: rmcp::service::NotificationContext<RoleClient>,
        ) {
            self.0.notify_one();
        }
    }

    #[tokio::test]
    async fn a_legacy_client_hears_of_a_new_note_in_its_session() {
        let listener = Listener::default();
        let client = listener.clone().serve(serve()).await.unwrap();
        let note = json!({"name": "news", "content": ""});
        call(&client, "add-note", note).await;
        timeout(SOON, listener.0.notified()).await.unwrap();
    }
}
