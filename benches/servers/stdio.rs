//! Calls over stdio: so many lines are written at once, and then as many read.

use std::io::{BufRead as _, Write as _};
use std::time::{Duration, Instant};

use crate::Run;
use crate::server::Server;

/// No two that are under way at the same time may have the same id.
fn call(id: usize) -> String {
    let call = r#""method":"tools/call","params":{"name":"echo","arguments":{"text":"hello"}}"#;
    format!("{{\"jsonrpc\":\"2.0\",\"id\":{id},{call}}}\n")
}

pub fn load(server: &mut Server, calls: usize, time: Duration) -> Run {
    let batch: String = (2..calls + 2).map(call).collect();
    let mut times = Vec::new();
    let (cpu, started) = (server.cpu(), Instant::now());
    let (input, output) = server.pipes.as_mut().expect("a server on stdio");
    let mut line = String::new();
    while started.elapsed() < time {
        let sent = Instant::now();
        input.write_all(batch.as_bytes()).expect("a reader");
        for _ in 0..calls {
            line.clear();
            output.read_line(&mut line).expect("an answer");
            assert!(line.contains(r#""isError":false"#), "{line}");
            times.push(sent.elapsed());
        }
    }
    let (wall, cpu) = (started.elapsed(), server.cpu().saturating_sub(cpu));
    times.sort_unstable();
    Run { times, wall, cpu }
}
