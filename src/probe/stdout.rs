//! Reads a stdio server's stdout, line by line: protocol goes to the client, anything else is remembered.
//!
//! The SDK's own reader skips what it cannot parse and what is too long, which would hide the most common fault there
//! is, a stray `print`. Hosts differ in how they react to one, so it is a failure here.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;
use tokio::{
    io::{AsyncRead, AsyncReadExt},
    sync::mpsc,
};

use super::{
    tape::{Message, Tape},
    text,
};

/// A message longer than this is refused; the SDK's limit is the same.
pub(super) const MAX_LINE: usize = 16 * 1024 * 1024;

/// A server that sends more than this in one session is flooding.
const MAX_TOTAL: usize = 4 * MAX_LINE;

/// The first thing on stdout that is not protocol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stray {
    /// The line, ready to show.
    pub line: String,
    /// What is wrong with it.
    pub reason: String,
}

/// Where the reader leaves the first stray line.
#[derive(Debug, Clone, Default)]
pub(super) struct Strays(Arc<Mutex<Option<Stray>>>);

impl Strays {
    pub fn first(&self) -> Option<Stray> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn add(&self, line: &[u8], reason: impl Into<String>) {
        let mut slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        slot.get_or_insert_with(|| Stray {
            line: text::shown_bytes(line, text::LINE),
            reason: reason.into(),
        });
    }
}

/// Forward messages until the stream ends. After a line that is too long nothing more is forwarded, but the stream is
/// still drained, so that the server never blocks on it.
pub(super) async fn forward(
    mut from: impl AsyncRead + Unpin,
    to: mpsc::Sender<Message>,
    (strays, tape): (Strays, Tape),
    max_line: usize,
) {
    let mut to = Some(to);
    let mut line: Vec<u8> = Vec::new();
    let mut chunk = vec![0; 64 * 1024];
    let mut total = 0_usize;
    loop {
        let mut rest = match from.read(&mut chunk).await {
            Ok(0) | Err(_) => break,
            Ok(length) => &chunk[..length],
        };
        if to.is_none() {
            continue;
        }
        total += rest.len();
        if total > MAX_TOTAL {
            strays.add(
                &line,
                format!("the server sent more than {MAX_TOTAL} bytes"),
            );
            line = Vec::new();
            to = None;
            continue;
        }
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            line.extend_from_slice(&rest[..end]);
            rest = &rest[end + 1..];
            if line.len() > max_line {
                break;
            }
            deliver(&line, to.as_ref(), (&strays, &tape)).await;
            line.clear();
        }
        line.extend_from_slice(rest);
        if line.len() > max_line {
            strays.add(&line, format!("it is longer than {max_line} bytes"));
            line = Vec::new();
            to = None;
        }
    }
    if to.is_some() && !line.is_empty() {
        strays.add(&line, "it ends without a line break");
    }
}

async fn deliver(
    line: &[u8],
    to: Option<&mpsc::Sender<Message>>,
    (strays, tape): (&Strays, &Tape),
) {
    match parse(line, tape) {
        // An unsent message means that the client is gone; the lines are still judged.
        Ok(message) => {
            if let Some(to) = to {
                drop(to.send(message).await);
            }
        }
        Err(reason) => strays.add(line, reason),
    }
}

/// The message on this line, or why there is none.
fn parse(line: &[u8], tape: &Tape) -> Result<Message, String> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    if line.trim_ascii().is_empty() {
        return Err("it is empty".to_owned());
    }
    let value: Value = serde_json::from_slice(line).map_err(|_| "it is not JSON".to_owned())?;
    tape.pass(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PING: &str = r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;

    /// How many messages arrive, and the first stray line.
    fn read(input: &[u8], max_line: usize) -> (usize, Option<Stray>) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let (sender, mut receiver) = mpsc::channel(64);
        let strays = Strays::default();
        runtime.block_on(forward(
            input,
            sender,
            (strays.clone(), Tape::default()),
            max_line,
        ));
        let mut messages = 0;
        while receiver.try_recv().is_ok() {
            messages += 1;
        }
        (messages, strays.first())
    }

    #[test]
    fn protocol_passes_and_leaves_nothing_behind() {
        assert_eq!(
            read(format!("{PING}\n{PING}\r\n").as_bytes(), 100),
            (2, None)
        );
        assert_eq!(read(b"", 100), (0, None));
    }

    #[test]
    fn the_first_stray_line_is_kept_and_later_messages_still_pass() {
        let (messages, stray) = read(
            format!("Starting\u{1b}[31m\nsecond\n{PING}\n").as_bytes(),
            100,
        );
        assert_eq!(messages, 1);
        assert_eq!(stray.unwrap().line, "Starting\\u{1b}[31m");
    }

    #[test]
    fn each_kind_of_stray_line_has_its_reason() {
        for (line, reason) in [
            ("\n", "empty"),
            ("{\n", "not JSON"),
            ("[1]\n", "not an object"),
            ("{\"id\":1}\n", "not a JSON-RPC"),
            ("{\"jsonrpc\":\"1.0\",\"method\":\"x\"}\n", "not a JSON-RPC"),
            (
                "{\"jsonrpc\":\"2.0\",\"id\":{},\"method\":\"ping\"}\n",
                "not MCP",
            ),
            (PING, "without a line break"),
        ] {
            let stray = read(line.as_bytes(), 100).1.unwrap();
            assert!(stray.reason.contains(reason), "{line}: {}", stray.reason);
        }
    }

    #[test]
    fn an_endless_line_is_cut_off_and_ends_the_conversation() {
        let input = format!("{}\n{PING}\n", "x".repeat(1_000_000));
        let (messages, stray) = read(input.as_bytes(), 1000);
        assert_eq!(messages, 0);
        let stray = stray.unwrap();
        assert!(stray.reason.contains("longer than 1000"));
        assert!(stray.line.chars().count() <= text::LINE + 1);
    }
}
