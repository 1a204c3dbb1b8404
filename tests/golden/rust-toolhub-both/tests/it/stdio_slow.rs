//! Progress and cancellation over stdio.

use crate::slow::{Progress, begin, wait_until_free};
use crate::support::{command, connect_as, eras, exit};

#[tokio::test]
async fn a_client_hears_of_progress_and_cancels() {
    for era in eras() {
        let limits = ["--database-connections=1", "--query-timeout-seconds=50"];
        let mut process = command(&limits).spawn().unwrap();
        let pipes = (
            process.stdout.take().unwrap(),
            process.stdin.take().unwrap(),
        );
        let progress = Progress::default();
        let client = connect_as(progress.clone(), pipes, era).await;
        let slow = begin(&client).await;
        progress.wait_for(2).await;
        slow.cancel(None).await.unwrap();
        wait_until_free(&client).await;
        client.cancel().await.unwrap();
        assert!(exit(&mut process).await.success());
    }
}
