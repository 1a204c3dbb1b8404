//! Takes log lines to stderr. A thread of its own writes them, several at a time,
//! so that no request waits for whoever reads them.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use tracing::{Level, Metadata};
use tracing_subscriber::fmt::MakeWriter;

/// How many bytes may wait for a slow reader. Warnings and errors may wait in
/// twice as many, so that other lines never take their place.
const CAPACITY: usize = 1 << 20;

/// How long lines are collected after others were written.
const PAUSE: Duration = Duration::from_millis(5);

/// How long the last lines may take when the process ends.
const PATIENCE: Duration = Duration::from_secs(1);

/// Clones share one thread.
#[derive(Debug, Clone)]
pub struct LogWriter(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    queue: Mutex<Queue>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Queue {
    text: Vec<u8>,
    /// How many lines there was no room for.
    lost: u64,
    closing: bool,
    closed: bool,
}

impl LogWriter {
    /// # Errors
    ///
    /// Fails when there can be no further thread.
    pub fn start() -> io::Result<Self> {
        let shared = Arc::<Shared>::default();
        thread::Builder::new().name("log".to_owned()).spawn({
            let shared = Arc::clone(&shared);
            move || shared.write_to(&mut io::stderr())
        })?;
        Ok(Self(shared))
    }

    /// Write what is left, as long as somebody reads it.
    pub fn close(&self) {
        let mut queue = self.0.lock();
        queue.closing = true;
        self.0.changed.notify_all();
        let open = |queue: &mut Queue| !queue.closed;
        drop(self.0.changed.wait_timeout_while(queue, PATIENCE, open));
    }
}

impl Shared {
    /// A panic elsewhere leaves a queue that is as good as before.
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, line: &[u8], capacity: usize) {
        let mut queue = self.lock();
        if queue.text.len() + line.len() > capacity {
            queue.lost += 1;
            return;
        }
        let idle = queue.text.is_empty();
        queue.text.extend_from_slice(line);
        drop(queue);
        if idle {
            self.changed.notify_all();
        }
    }

    fn write_to(&self, output: &mut impl Write) {
        let mut text = Vec::new();
        loop {
            let idle = |queue: &mut Queue| queue.text.is_empty() && !queue.closing;
            let waiting = self.changed.wait_while(self.lock(), idle);
            let mut queue = waiting.unwrap_or_else(PoisonError::into_inner);
            if queue.text.is_empty() {
                queue.closed = true;
                self.changed.notify_all();
                return;
            }
            std::mem::swap(&mut queue.text, &mut text);
            let lost = std::mem::take(&mut queue.lost);
            drop(queue);

            // There is nobody left to tell that nobody reads.
            let _ = output.write_all(&text);
            text.clear();
            if lost > 0 {
                tracing::warn!(lost, "log lines were lost, which nobody read in time");
            }
            let open = |queue: &mut Queue| !queue.closing;
            drop(self.changed.wait_timeout_while(self.lock(), PAUSE, open));
        }
    }
}

impl<'a> MakeWriter<'a> for LogWriter {
    type Writer = Line<'a>;

    fn make_writer(&'a self) -> Line<'a> {
        Line {
            shared: &self.0,
            capacity: CAPACITY,
        }
    }

    fn make_writer_for(&'a self, metadata: &Metadata<'_>) -> Line<'a> {
        let urgent = *metadata.level() <= Level::WARN;
        Line {
            shared: &self.0,
            capacity: if urgent { 2 * CAPACITY } else { CAPACITY },
        }
    }
}

/// One line, which is written in one piece.
#[derive(Debug)]
pub struct Line<'a> {
    shared: &'a Shared,
    capacity: usize,
}

impl Write for Line<'_> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let text = line.strip_suffix(b"\n").unwrap_or(line);
        if text.iter().all(|byte| matches!(byte, b' '..=b'~')) {
            self.shared.add(line, self.capacity);
        } else {
            let text = visible(&String::from_utf8_lossy(text));
            self.shared.add(text.as_bytes(), self.capacity);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A client must be able neither to begin a line of its own nor to command a terminal.
/// The escapes are those of JSON, and so fit both formats.
fn visible(text: &str) -> String {
    let mut line = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match character {
            '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {}
            character if character.is_control() => {}
            character => {
                line.push(character);
                continue;
            }
        }
        // Writing to a string cannot fail.
        let _ = write!(line, "\\u{:04x}", u32::from(character));
    }
    line.push('\n');
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Everything that a thread would write of what was added so far.
    fn written(writer: &LogWriter) -> String {
        writer.0.lock().closing = true;
        let mut output = Vec::new();
        writer.0.write_to(&mut output);
        String::from_utf8(output).unwrap()
    }

    #[test]
    fn a_line_stays_one_line() {
        let writer = LogWriter(Arc::default());
        let mut line = writer.make_writer();
        line.write_all("plain é\n".as_bytes()).unwrap();
        let hostile = "a\r\n ERROR b\u{1b}[2K\u{9b}1m\u{202e}\t\n";
        line.write_all(hostile.as_bytes()).unwrap();
        let expected = "plain é\na\\u000d\\u000a ERROR b\\u001b[2K\\u009b1m\\u202e\\u0009\n";
        assert_eq!(written(&writer), expected);
    }

    #[test]
    fn lines_that_nobody_reads_are_counted_and_warnings_have_room() {
        let writer = LogWriter(Arc::default());
        let line = vec![b'x'; 1 << 16];
        for _ in 0..20 {
            writer.0.add(&line, CAPACITY);
        }
        assert_eq!(writer.0.lock().lost, 4);
        for _ in 0..20 {
            writer.0.add(&line, 2 * CAPACITY);
        }
        assert_eq!(writer.0.lock().lost, 8);
        assert_eq!(written(&writer).len(), 2 * CAPACITY);
    }

    #[test]
    fn closing_waits_for_a_slow_reader_and_not_forever() {
        let writer = LogWriter(Arc::default());
        writer.0.add(b"a line\n", CAPACITY);
        let started = std::time::Instant::now();
        writer.close();
        assert!((PATIENCE..10 * PATIENCE).contains(&started.elapsed()));
    }
}
