//! A server process and everything it starts: launched in a group (Unix) or job (Windows) of its own, and gone,
//! with all its descendants, when this is dropped.

use std::{
    collections::VecDeque,
    ffi::{OsStr, OsString},
    process::{ExitStatus, Stdio},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use process_wrap::tokio::{ChildWrapper, CommandWrap, KillOnDrop};
use tokio::{
    io::{AsyncRead, AsyncReadExt},
    process::{ChildStdin, ChildStdout},
    task::JoinHandle,
};

use super::{group, target::Launch, text};

/// How much of stderr is kept.
const TAIL_BYTES: usize = 8 * 1024;
const TAIL_LINES: usize = 20;
/// How long the readers may take to see the end of a stream after everything that wrote to it was killed.
const DRAIN: Duration = Duration::from_millis(500);

#[derive(Debug)]
pub(super) struct Process {
    child: Box<dyn ChildWrapper>,
    /// The id of the process, and of its group.
    id: u32,
    /// What its environment, and that of all that it starts, has: for those who leave the group.
    mark: String,
    exited: Option<ExitStatus>,
    ended: bool,
    tail: Tail,
    readers: Vec<JoinHandle<()>>,
}

impl Process {
    /// Start it; `{port}` in arguments and variables becomes `port`. Stdin is a pipe when `talks`, else empty.
    pub fn start(launch: &Launch, port: Option<u16>, talks: bool) -> Result<Self, String> {
        let Some((program, arguments)) = launch.command.split_first() else {
            return Err("there is no command to start".to_owned());
        };
        let mark = group::mark();
        let mut command = CommandWrap::with_new(program, |command| {
            command
                .args(arguments.iter().map(|argument| with_port(argument, port)))
                .envs(
                    launch
                        .env
                        .iter()
                        .map(|(name, value)| (name, with_port(value, port))),
                )
                .env(group::VARIABLE, &mark)
                .stdin(if talks { Stdio::piped() } else { Stdio::null() })
                .stdout(Stdio::piped())
                .stderr(Stdio::piped());
            if let Some(cwd) = &launch.cwd {
                command.current_dir(cwd);
            }
        });
        // The job object reads this wrap, so it comes first.
        command.wrap(KillOnDrop);
        #[cfg(unix)]
        command.wrap(process_wrap::tokio::ProcessGroup::leader());
        #[cfg(windows)]
        command.wrap(process_wrap::tokio::JobObject);
        let mut child = command.spawn().map_err(|error| {
            format!(
                "`{}` cannot be started: {error}",
                text::shown(&program.to_string_lossy(), text::LINE)
            )
        })?;
        let id = child.id().unwrap_or_default();
        let tail = Tail::default();
        let readers = child
            .stderr()
            .take()
            .map(|stderr| tokio::spawn(tail.clone().follow(stderr)));
        Ok(Self {
            child,
            id,
            mark,
            exited: None,
            ended: false,
            tail,
            readers: readers.into_iter().collect(),
        })
    }

    /// Both ends of the conversation; only once.
    pub fn pipes(&mut self) -> Option<(ChildStdin, ChildStdout)> {
        Some((self.child.stdin().take()?, self.child.stdout().take()?))
    }

    /// Treat stdout as one more log, as for a server that speaks HTTP.
    pub fn log_stdout(&mut self) {
        if let Some(stdout) = self.child.stdout().take() {
            self.readers
                .push(tokio::spawn(self.tail.clone().follow(stdout)));
        }
    }

    /// Wait for `reader` too when the process has ended.
    pub fn attach(&mut self, reader: JoinHandle<()>) {
        self.readers.push(reader);
    }

    /// Wait for the process itself, not for its descendants. May be cancelled and called again.
    pub async fn exited(&mut self) -> Result<ExitStatus, String> {
        if let Some(status) = self.exited {
            return Ok(status);
        }
        let status = self
            .child
            .wait()
            .await
            .map_err(|error| format!("it cannot be waited for: {error}"))?;
        self.exited = Some(status);
        Ok(status)
    }

    /// The status if it ends within `patience`.
    pub async fn exited_within(&mut self, patience: Duration) -> Option<ExitStatus> {
        tokio::time::timeout(patience, self.exited())
            .await
            .ok()?
            .ok()
    }

    /// Whether it left descendants behind when it ended; they get a moment, since they may be about to end.
    pub async fn leaves_descendants(&mut self) -> bool {
        let gone = async {
            self.is_gone().await;
            while !group::escaped(self.id, &self.mark).is_empty() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let leaves = tokio::time::timeout(DRAIN / 2, gone).await.is_err();
        // Another look would take longer than the session of a small server.
        self.ended |= !leaves;
        leaves
    }

    /// Wait until every process of the tree has ended.
    pub async fn is_gone(&self) {
        while group::is_alive(self.id) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Ask the whole tree to end; false where the platform has no way to ask.
    #[cfg_attr(
        not(unix),
        expect(clippy::unused_self, reason = "only Unix has a way to ask")
    )]
    pub fn ask_to_end(&self) -> bool {
        #[cfg(unix)]
        {
            const SIGTERM: i32 = 15;
            self.child.signal(SIGTERM).is_ok()
        }
        #[cfg(not(unix))]
        {
            false
        }
    }

    /// Kill what is left of the tree, and wait until its streams are read to the end.
    pub async fn end(&mut self) {
        self.kill();
        let _ = self.exited_within(DRAIN).await;
        let _ = tokio::time::timeout(DRAIN, self.is_gone()).await;
        for mut reader in std::mem::take(&mut self.readers) {
            if tokio::time::timeout(DRAIN, &mut reader).await.is_err() {
                // A process that left its group still holds the stream.
                reader.abort();
            }
        }
    }

    fn kill(&mut self) {
        if !std::mem::replace(&mut self.ended, true) {
            // Once the group is killed, its children have another parent.
            let escaped = group::escaped(self.id, &self.mark);
            // It may have ended by itself.
            let _ = self.child.start_kill();
            group::kill(escaped, self.id, &self.mark);
        }
    }

    /// The last lines it logged.
    pub fn tail(&self) -> Vec<String> {
        self.tail.lines()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

fn with_port(text: &OsStr, port: Option<u16>) -> OsString {
    match (text.to_str(), port) {
        (Some(text), Some(port)) => text.replace("{port}", &port.to_string()).into(),
        _ => text.to_owned(),
    }
}

/// `code 3`, or `signal 9` on Unix.
pub(super) fn describe(status: ExitStatus) -> String {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return format!("signal {signal}");
    }
    match status.code() {
        Some(code) => format!("code {code}"),
        None => status.to_string(),
    }
}

/// Whether this is how a server ends that was asked to: by itself, or by the default action of the signal.
pub(super) fn is_clean_after_signal(status: ExitStatus) -> bool {
    #[cfg(unix)]
    if std::os::unix::process::ExitStatusExt::signal(&status) == Some(15) {
        return true;
    }
    matches!(status.code(), Some(0 | 130 | 143))
}

/// The last bytes of a stream.
#[derive(Debug, Clone, Default)]
struct Tail(Arc<Mutex<VecDeque<u8>>>);

impl Tail {
    async fn follow(self, mut from: impl AsyncRead + Unpin) {
        let mut chunk = vec![0; TAIL_BYTES];
        while let Ok(length @ 1..) = from.read(&mut chunk).await {
            let mut bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            bytes.extend(&chunk[..length]);
            let excess = bytes.len().saturating_sub(TAIL_BYTES);
            bytes.drain(..excess);
        }
    }

    fn lines(&self) -> Vec<String> {
        let bytes: Vec<u8> = self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
            .copied()
            .collect();
        let mut lines: Vec<String> = bytes
            .split(|byte| *byte == b'\n')
            .map(|line| text::shown_bytes(line.trim_ascii_end(), text::LINE))
            .filter(|line| !line.is_empty())
            .collect();
        lines.split_off(lines.len().saturating_sub(TAIL_LINES))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_end_of_a_flood_is_kept() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let tail = Tail::default();
        let flood: String = (0..100_000).fold(String::new(), |text, number| {
            text + &format!("line {number}\n")
        });
        runtime.block_on(tail.clone().follow(flood.as_bytes()));
        let lines = tail.lines();
        assert_eq!(lines.len(), TAIL_LINES);
        assert_eq!(lines.last().unwrap(), "line 99999");
        assert!(tail.0.lock().unwrap().len() <= TAIL_BYTES);
    }

    #[test]
    fn the_port_is_filled_in_everywhere_it_is_named() {
        assert_eq!(
            with_port("--listen=127.0.0.1:{port}".as_ref(), Some(8123)),
            "--listen=127.0.0.1:8123"
        );
        assert_eq!(with_port("{port}".as_ref(), None), "{port}");
    }
}
