//! What generated servers cost beside their SDK alone, in the same run. Prints; judges nothing, since machines differ.
//!
//! `cargo bench --bench servers` builds four programs of Rust first, which takes minutes the first time; `-- python` measures that
//! language only. Rounds of one server and rounds of the other alternate, so that what else the machine does hits both; the
//! processor time of a call says more than the clock. `BENCH_SECONDS` says how long a round takes, and with `BENCH_MEMORY` set a
//! million calls show whether memory grows.

mod build;
mod http;
mod server;
mod stdio;

use std::time::Duration;

use build::Programs;
use http::Call;
use server::Server;

const ROUNDS: usize = 5;

fn main() {
    let seconds = std::env::var("BENCH_SECONDS").map_or(0.5, |text| text.parse().expect("seconds"));
    let round = Duration::from_secs_f64(seconds);
    let chosen = std::env::args().skip(1).find(|it| !it.starts_with('-'));
    let wanted = |language| chosen.as_ref().is_none_or(|chosen| chosen == language);
    if wanted("rust") {
        measure(&build::rust(), round);
    }
    if wanted("python") {
        match build::python() {
            Some(programs) => measure(&programs, round),
            None => line("python", "-", "needs uv: run `.ci/tools test`"),
        }
    }
}

fn measure(programs: &Programs, round: Duration) {
    let (bare, minimal) = (&programs.bare, &programs.minimal);
    let names = [programs.sdk, "generated"];
    let [http_goal, stdio_goal] = programs.goals;
    line(programs.language, "", "");

    let servers = [Server::bare_http(bare), Server::http(minimal)];
    let echo = Call::tool("echo", r#"{"text":"hello"}"#);
    for connections in [1, 16, 64] {
        let runs = alternate(servers.each_ref(), |server| {
            http::load(server, &echo, connections, round)
        });
        let what = format!("HTTP, {connections} at a time");
        compare(&what, runs, names, http_goal);
    }
    drop(servers);

    let mut servers = [Server::bare_stdio(bare), Server::stdio(minimal)];
    for calls in [1, 16] {
        let runs = alternate(servers.each_mut(), |server| {
            stdio::load(server, calls, round)
        });
        let what = format!("stdio, {calls} at a time");
        compare(&what, runs, names, stdio_goal);
    }
    drop(servers);
    first_reply(programs);

    let server = Server::http(&programs.toolhub);
    let calls = [
        Call::tool("ping", "{}"),
        Call::tool("get_order", r#"{"order_id":"ORD-1001"}"#),
    ];
    for connections in [1, 16] {
        let runs = alternate(calls.each_ref(), |call| {
            http::load(&server, call, connections, round)
        });
        let what = format!("SQLite, {connections} at a time");
        compare(&what, runs, ["ping", "get_order"], 0.5);
    }
    drop(server);

    if std::env::var_os("BENCH_MEMORY").is_some() {
        memory(&Server::http(minimal), &echo);
    }
}

/// Over stdio, from the start of the process.
fn first_reply(programs: &Programs) {
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..=2 * ROUNDS {
        let started = [
            Server::bare_stdio(&programs.bare).first_reply,
            Server::stdio(&programs.minimal).first_reply,
        ];
        for (times, time) in times.iter_mut().zip(started) {
            times.push(time.as_secs_f64());
        }
    }
    let [bare, generated] = times.map(|mut times| {
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    });
    for (name, time) in [(programs.sdk, bare), ("generated", generated)] {
        let milliseconds = format!("{:.1} ms", time * 1e3);
        line(&format!("first reply: {name}"), &milliseconds, "");
    }
    let ratio = format!("{:.2}", generated / bare);
    let what = format!("first reply: generated / {}", programs.sdk);
    line(&what, &ratio, "by the clock; goal 1.15 for Python");
}

/// What one round measured.
struct Run {
    /// Of each call, sorted.
    times: Vec<Duration>,
    wall: Duration,
    /// Processor time that the server used.
    cpu: Duration,
}

fn alternate<T>(subjects: [T; 2], mut run: impl FnMut(&mut T) -> Run) -> [Vec<Run>; 2] {
    let mut runs = [Vec::new(), Vec::new()];
    let mut subjects = subjects;
    // The first round only warms up.
    for round in 0..=ROUNDS {
        for (subject, runs) in subjects.iter_mut().zip(&mut runs) {
            let run = run(subject);
            if round > 0 {
                runs.push(run);
            }
        }
    }
    runs
}

fn compare(what: &str, runs: [Vec<Run>; 2], names: [&str; 2], goal: f64) {
    let [base, other] = runs.map(|runs| summary(&runs));
    for (name, one) in names.iter().zip([&base, &other]) {
        line(
            &format!("{what}: {name}"),
            &format!("{:.0}/s", one.rate),
            &format!(
                "p99 {:.2} ms, {:.1} µs of processor time a call",
                one.p99 * 1e3,
                one.cpu * 1e6
            ),
        );
    }
    let note = format!(
        "by the clock, {:.2} by processor time; goal {goal}",
        base.cpu / other.cpu
    );
    let [of, to] = names;
    line(
        &format!("{what}: {to} / {of}"),
        &format!("{:.2}", other.rate / base.rate),
        &note,
    );
}

struct Summary {
    rate: f64,
    p99: f64,
    cpu: f64,
}

/// Medians of the rounds.
fn summary(runs: &[Run]) -> Summary {
    let median = |of: &dyn Fn(&Run) -> f64| {
        let mut values: Vec<f64> = runs.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    let calls = |run: &Run| f64::from(u32::try_from(run.times.len()).expect("fewer calls"));
    Summary {
        rate: median(&|run| calls(run) / run.wall.as_secs_f64()),
        p99: median(&|run| run.times[run.times.len() * 99 / 100].as_secs_f64()),
        cpu: median(&|run| run.cpu.as_secs_f64() / calls(run)),
    }
}

fn memory(server: &Server, call: &Call) {
    let after = |calls| {
        http::count(server, call, calls);
        server.memory()
    };
    let (few, many) = (after(10_000), after(990_000));
    line("memory after ten thousand calls", &format!("{few} KiB"), "");
    let ratio = f64::from(many) / f64::from(few);
    line(
        "memory after a million",
        &format!("{many} KiB"),
        &format!("{ratio:.2} times as much; goal 1.5"),
    );
}

#[expect(clippy::print_stdout, reason = "this is what a benchmark is for")]
fn line(what: &str, value: &str, note: &str) {
    println!("{what:<44} {value:>12}  {note}");
}
