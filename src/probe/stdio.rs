//! The stdio transport: messages out through the child's stdin, in through [`super::stdout`].

use std::{io, sync::Arc};

use rmcp::{RoleClient, service::TxJsonRpcMessage, transport::Transport};
use tokio::{
    io::AsyncWriteExt,
    process::ChildStdin,
    sync::{Mutex, mpsc},
};

use super::{
    process::Process,
    stdout::{self, MAX_LINE, Strays},
    tape::{Message, Tape},
};

/// Few: a flood of large messages waits in the pipe, not in memory.
const BUFFERED: usize = 4;

#[derive(Debug)]
pub(super) struct Pipes {
    /// `None` once closed, which is how a stdio server learns that its client has left.
    stdin: Arc<Mutex<Option<ChildStdin>>>,
    messages: mpsc::Receiver<Message>,
    tape: Tape,
}

impl Pipes {
    /// Take over the process's stdin and stdout.
    pub fn open(process: &mut Process, strays: &Strays, tape: &Tape) -> Result<Self, String> {
        let (stdin, stdout) = process
            .pipes()
            .ok_or("it has no standard input and output")?;
        let (sender, messages) = mpsc::channel(BUFFERED);
        process.attach(tokio::spawn(stdout::forward(
            stdout,
            sender,
            (strays.clone(), tape.clone()),
            MAX_LINE,
        )));
        Ok(Self {
            stdin: Arc::new(Mutex::new(Some(stdin))),
            messages,
            tape: tape.clone(),
        })
    }
}

impl Transport<RoleClient> for Pipes {
    type Error = io::Error;

    fn send(
        &mut self,
        message: TxJsonRpcMessage<RoleClient>,
    ) -> impl Future<Output = io::Result<()>> + Send + 'static {
        let stdin = Arc::clone(&self.stdin);
        self.tape.sent(&message);
        async move {
            let mut line = serde_json::to_vec(&message)?;
            line.push(b'\n');
            let mut stdin = stdin.lock().await;
            let pipe = stdin.as_mut().ok_or(io::ErrorKind::NotConnected)?;
            pipe.write_all(&line).await?;
            pipe.flush().await
        }
    }

    async fn receive(&mut self) -> Option<Message> {
        self.messages.recv().await
    }

    async fn close(&mut self) -> io::Result<()> {
        self.stdin.lock().await.take();
        Ok(())
    }
}
