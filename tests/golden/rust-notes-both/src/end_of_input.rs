//! Notices that the client has closed stdin, which rmcp tells its handlers only
//! after it has waited for all of them.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, ReadBuf};
use tokio_util::sync::CancellationToken;

/// A reader that cancels a token when there is no more to read.
pub(crate) struct EndOfInput<R> {
    input: R,
    reached: CancellationToken,
}

impl<R> EndOfInput<R> {
    pub(crate) fn new(input: R, reached: CancellationToken) -> Self {
        Self { input, reached }
    }
}

impl<R: AsyncRead + Unpin> AsyncRead for EndOfInput<R> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let poll = Pin::new(&mut self.input).poll_read(context, buffer);
        if poll.is_ready() && buffer.filled().len() == before {
            self.reached.cancel();
        }
        poll
    }
}
