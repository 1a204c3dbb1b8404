//! Tells clients that the list of notes has changed, in the way of their protocol revision.

use std::sync::OnceLock;

use rmcp::RoleServer;
use rmcp::service::{NotificationContext, SubscriptionContext};
use tokio::sync::watch;
use tokio::task::AbortHandle;

/// 2026-07-28: the client holds a stream of notifications open; feed it until it is closed.
pub async fn stream(mut changes: watch::Receiver<()>, context: SubscriptionContext) {
    let listed = context.accepted().resources_list_changed == Some(true);
    loop {
        tokio::select! {
            () = context.cancelled() => return,
            change = changes.changed(), if listed => {
                if change.is_err() || context.sink().notify_resource_list_changed().await.is_err() {
                    return;
                }
            }
        }
    }
}

/// 2025-11-25 and older: a task pushes notifications into the client's session.
/// It ends with the server value of that session; a clone serves another
/// session and begins without one.
#[derive(Debug)]
pub struct Push {
    changes: watch::Receiver<()>,
    task: OnceLock<AbortHandle>,
}

impl Push {
    #[must_use]
    pub fn new(changes: watch::Receiver<()>) -> Self {
        Self {
            changes,
            task: OnceLock::new(),
        }
    }

    /// Start the task: once, however often the client says that it is ready.
    pub fn start(&self, context: NotificationContext<RoleServer>) {
        self.task.get_or_init(|| {
            let mut changes = self.changes.clone();
            let task = tokio::spawn(async move {
                while changes.changed().await.is_ok()
                    && context.peer.notify_resource_list_changed().await.is_ok()
                {}
            });
            task.abort_handle()
        });
    }
}

impl Clone for Push {
    fn clone(&self) -> Self {
        let mut changes = self.changes.clone();
        changes.mark_unchanged();
        Self::new(changes)
    }
}

impl Drop for Push {
    fn drop(&mut self) {
        if let Some(task) = self.task.get() {
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
