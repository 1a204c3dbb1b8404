//! Streams of changes over stdio.

use std::time::{Duration, Instant};

use rmcp::model::SubscriptionFilter;
use tokio::time::timeout;

use crate::support::{SOON, eras, exit};
use crate::{sample, stdio};

#[tokio::test]
async fn an_open_stream_does_not_hold_up_the_exit() {
    let [_, current] = eras();
    let (mut process, client) = stdio::start(current).await;
    let filter = SubscriptionFilter::builder().resources_list_changed();
    let mut stream = client.listen(filter.build()).await.unwrap();
    client.call_tool(sample::call()).await.unwrap();
    let heard = timeout(SOON, stream.next()).await.unwrap();
    assert!(heard.unwrap().is_some());

    let closed = Instant::now();
    client.cancel().await.unwrap();
    assert!(exit(&mut process).await.success());
    assert!(closed.elapsed() < Duration::from_secs(3));
}
