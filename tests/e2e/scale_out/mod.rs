//! Three replicas behind nginx, with the settings and the configuration that the project ships for Kubernetes: what clients
//! of both eras see when one of them dies, or is told to stop.

mod callers;
mod nginx;
mod replica;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, ensure};
use libtest_mimic::Trial;
use serde_json::{Value, json};

use crate::combos::Combo;
use crate::environment;
use crate::language::Language;
use crate::support::{Project, generated, run, tool};
use crate::trial;
use callers::{Callers, EACH, Report, script, target};
use nginx::{Nginx, Post};
use replica::Replica;

const TOKEN: &str = "a-token-that-only-this-test-knows";
const LEGACY: &str = "legacy";
const CURRENT: &str = "2026-07-28";

/// In the data that the server starts with when it is told to.
const ORDER: &str = "ORD-1001";

/// Some milliseconds of work.
const SLOW_QUERY: &str = "SELECT count(*) AS n FROM orders a, orders b, orders c, orders d";

const ENDLESS_QUERY: &str = "SELECT count(*) AS n FROM orders a, orders b, orders c, orders d, orders e, orders f, orders g, \
     orders h, orders i, orders j";

/// Clocks in the log have milliseconds, and a signal takes some time to arrive.
const BLUR: f64 = 0.05;

type Test = fn(Language) -> Result<()>;

pub fn trials() -> Vec<Trial> {
    Language::ALL.into_iter().flat_map(trials_of).collect()
}

fn trials_of(language: Language) -> Vec<Trial> {
    let mut trials = Vec::new();
    for auth in ["none", "bearer", "oauth"] {
        trials.push(trial(
            format!("scale_out::kubernetes_accepts_the_{language}_manifests_with_auth_{auth}"),
            move || accepted(language, auth),
        ));
    }
    let tests: [(&str, Test); 4] = [
        ("a_killed_replica_loses_only_what_it_was_answering", killed),
        ("a_replica_that_is_told_to_stop_loses_no_answer", stopped),
        (
            "a_session_stays_where_it_is_and_is_opened_anew_when_that_is_gone",
            sessions,
        ),
        (
            "progress_passes_at_once_and_what_is_not_public_does_not_pass",
            passes,
        ),
    ];
    for (name, test) in tests {
        let case = format!("scale_out::in_{language}_{name}");
        trials.push(trial(case, move || test(language)));
    }
    trials
}

fn options(auth: &str) -> [(&'static str, &str); 5] {
    [
        ("starter", "toolhub"),
        ("database", "postgres"),
        ("transport", "both"),
        ("auth", auth),
        ("deploy", "kubernetes"),
    ]
}

fn combo(auth: &str) -> Combo {
    let options = options(auth);
    let options = options.map(|(option, choice)| (option.to_owned(), choice.to_owned()));
    options.into()
}

/// Each manifest is what the schema of its kind allows, with no field too many.
fn accepted(language: Language, auth: &str) -> Result<()> {
    let name = format!("manifests-{auth}");
    let language = ["--language".to_owned(), language.to_string()];
    let language = language.each_ref().map(String::as_str);
    let project = Project::generate("scale-out", &name, &combo(auth), &language)?;
    let kustomization = project.dir.join("deploy/kubernetes/kustomization.yaml");
    let kustomization: Value = serde_yaml_ng::from_str(&fs::read_to_string(kustomization)?)?;
    let mut validate = Command::new(tool("kubernetes-validate", "bin/kubernetes-validate")?);
    validate
        .arg("--strict")
        .current_dir(project.dir.join("deploy/kubernetes"));
    for manifest in kustomization["resources"].as_array().context("resources")? {
        validate.arg(manifest.as_str().context("a path")?);
    }
    run(&mut validate).map(drop)
}

/// nginx, and three replicas of a server that is built once.
struct Site {
    nginx: Nginx,
    replicas: Vec<Replica>,
}

impl Site {
    fn start(language: Language, name: &str, more: &[(&str, &str)]) -> Result<Self> {
        let project = language.project("scale-out", "scale-out-bearer", &options("bearer"))?;
        let server = language.server(&project)?;
        let dir = generated().join("scale-out").join(name);
        if dir.exists() {
            fs::remove_dir_all(&dir)?;
        }
        fs::create_dir_all(&dir)?;
        let mut settings = settings(&project.dir)?;
        settings.extend(environment::of(&combo("bearer"))?.env);
        settings.insert("MCP_AUTH_TOKENS".to_owned(), TOKEN.to_owned());
        // Nothing here looks at `/readyz`, and sends no more requests.
        settings.insert("MCP_SHUTDOWN_DELAY_SECONDS".to_owned(), "0".to_owned());
        // One token calls as fast as it can.
        settings.insert("MCP_RATE_LIMIT_PER_MINUTE".to_owned(), "0".to_owned());
        for (name, value) in more {
            settings.insert((*name).to_owned(), (*value).to_owned());
        }
        let replicas = (1..=3)
            .map(|number| Replica::start(&server, &dir, number, &settings))
            .collect::<Result<Vec<_>>>()?;
        let addresses: Vec<_> = replicas.iter().map(|replica| replica.address).collect();
        let nginx = Nginx::start(&project.dir, dir.join("nginx"), &addresses)?;
        Ok(Self { nginx, replicas })
    }

    /// Clients of both SDKs call while `event` happens to the second replica, and some time before and after.
    fn disturb(
        &mut self,
        era: &str,
        event: impl FnOnce(&mut Replica) -> Result<()>,
    ) -> Result<Outcome> {
        let query = json!({"sql": SLOW_QUERY});
        let slow = target(&self.nginx, TOKEN, "run_query", &query);
        let fast = target(&self.nginx, TOKEN, "get_order", &json!({"order_id": ORDER}));
        let callers = [
            Callers::python(era, &fast)?,
            Callers::python(era, &slow)?,
            Callers::typescript(era, &fast)?,
            Callers::typescript(era, &slow)?,
        ];
        sleep(Duration::from_secs(2));
        let before = now()?;
        event(&mut self.replicas[1])?;
        let after = now()?;
        sleep(Duration::from_secs(4));
        let reports = callers.map(Callers::stop);
        let reports = reports.into_iter().collect::<Result<Vec<_>>>()?;
        Ok(Outcome {
            reports,
            posts: self.nginx.posts()?,
            cut_off: self.nginx.cut_off()?,
            before,
            after,
        })
    }
}

/// The settings of the manifests.
fn settings(project: &Path) -> Result<BTreeMap<String, String>> {
    let dir = project.join("deploy/kubernetes/server");
    let file = fs::read_to_string(dir.join("settings.env"))?;
    let mut settings: BTreeMap<String, String> = file
        .lines()
        .filter_map(|line| line.split_once('='))
        .filter(|(name, _)| !name.starts_with('#'))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let deployment = fs::read_to_string(dir.join("deployment.yaml"))?;
    let deployment: Value = serde_yaml_ng::from_str(&deployment)?;
    let container = &deployment["spec"]["template"]["spec"]["containers"][0];
    for variable in container["env"].as_array().context("env")? {
        let name = variable["name"].as_str().context("a name")?;
        if let Some(value) = variable["value"].as_str() {
            let value = value.replace("mcp.example.com", "localhost");
            settings.insert(name.to_owned(), value.replace("$(POD_IP)", "127.0.0.1"));
        }
    }
    Ok(settings)
}

/// What clients and nginx say about the time around an event.
struct Outcome {
    reports: Vec<Report>,
    posts: Vec<Post>,
    /// Who broke off in the middle of an answer.
    cut_off: Vec<String>,
    before: f64,
    after: f64,
}

impl Outcome {
    fn answered(&self) -> usize {
        self.reports.iter().map(|report| report.answered).sum()
    }

    fn opened(&self) -> usize {
        self.reports.iter().map(|report| report.opened).sum()
    }

    fn lost(&self) -> Vec<&str> {
        let lost = self.reports.iter().flat_map(|report| &report.lost);
        lost.map(|lost| lost.error.as_str()).collect()
    }

    /// Requests that nginx answered, but not with success.
    fn failed(&self) -> Vec<&Post> {
        self.posts.iter().filter(|post| !post.went_well()).collect()
    }

    /// Whether a request was on its way while the event happened.
    fn in_flight(&self, post: &Post) -> bool {
        post.started <= self.after + BLUR && post.ended >= self.before - BLUR
    }

    /// The work is shared, and goes on without `gone`.
    fn is_shared(&self, replicas: &[Replica], gone: &Replica) -> Result<()> {
        for replica in replicas {
            let address = replica.address.to_string();
            let by = |post: &&Post| post.replicas.last() == Some(&address);
            let all = self.posts.iter().filter(by).count();
            let late = |post: &Post| post.started > self.after + 1.0;
            let late = self
                .posts
                .iter()
                .filter(by)
                .filter(|post| late(post))
                .count();
            ensure!(all > 20, "{address} answered {all} requests");
            ensure!(
                (late > 5) != (address == gone.address.to_string()),
                "{address}: {late} at the end"
            );
        }
        Ok(())
    }

    #[expect(clippy::print_stdout, reason = "the numbers are worth knowing")]
    fn tell(&self, event: &str) {
        let (answered, lost) = (self.answered(), self.lost().len());
        println!("{event}: {answered} calls answered, {lost} lost");
    }
}

fn killed(language: Language) -> Result<()> {
    let mut site = Site::start(language, "killed", &[])?;
    let outcome = site.disturb(CURRENT, Replica::kill)?;
    outcome.tell("killed");
    outcome.is_shared(&site.replicas, &site.replicas[1])?;
    let (lost, failed, cut_off) = (outcome.lost(), outcome.failed(), &outcome.cut_off);
    // What breaks off may have brought the answer before.
    let explained = failed.len()..=failed.len() + cut_off.len();
    ensure!(
        explained.contains(&lost.len()),
        "{lost:?} are not {failed:?} and {cut_off:?}"
    );
    // Each client asks once what the server is.
    let well = outcome.posts.len() - lost.len();
    let expected = outcome.answered() + outcome.opened();
    ensure!(
        well == expected,
        "{well} requests went well, not {expected}"
    );
    let dead = [site.replicas[1].address.to_string()];
    ensure!(
        cut_off.iter().all(|replica| dead.contains(replica)),
        "{cut_off:?}"
    );
    for post in failed {
        ensure!(post.replicas == dead && outcome.in_flight(post), "{post:?}");
    }
    Ok(())
}

fn stopped(language: Language) -> Result<()> {
    let mut site = Site::start(language, "stopped", &[])?;
    let outcome = site.disturb(CURRENT, |replica| {
        let status = replica.stop()?;
        ensure!(status.success(), "{status}\n{}", replica.log()?);
        Ok(())
    })?;
    outcome.tell("stopped");
    outcome.is_shared(&site.replicas, &site.replicas[1])?;
    let (lost, failed) = (outcome.lost(), outcome.failed());
    let cut_off = &outcome.cut_off;
    // Uvicorn closes a connection that is kept while a request may be on its way there.
    let gone = [site.replicas[1].address.to_string()];
    let unlucky = |post: &&Post| post.replicas == gone && outcome.in_flight(post);
    let excused = match language {
        Language::Rust => 0,
        Language::Python => failed.iter().copied().filter(unlucky).count(),
    };
    ensure!(
        lost.len() <= excused && failed.len() == excused && cut_off.is_empty(),
        "{lost:?}, {failed:?}, {cut_off:?}"
    );
    Ok(())
}

/// Any other replica than its own would not know a session, so that no call is lost until that one dies. Then each of its
/// sessions loses a call.
fn sessions(language: Language) -> Result<()> {
    let mut site = Site::start(language, "sessions", &[])?;
    let outcome = site.disturb(LEGACY, Replica::kill)?;
    outcome.tell("killed under sessions");
    outcome.is_shared(&site.replicas, &site.replicas[1])?;
    let callers = outcome.reports.len() * EACH;
    let lost = outcome.lost();
    ensure!((1..callers).contains(&lost.len()), "{lost:?} of {callers}");
    ensure!(outcome.opened() > callers, "no session was opened anew");
    let dead = [site.replicas[1].address.to_string()];
    for post in outcome.failed() {
        let told = post.status == 404 && post.ended >= outcome.before - BLUR;
        ensure!(told && post.replicas == dead, "{post:?}");
    }
    Ok(())
}

/// A query that runs into its time limit, with news of it each half second; and paths, sizes and names that are refused.
fn passes(language: Language) -> Result<()> {
    let site = Site::start(language, "passes", &[("MCP_QUERY_TIMEOUT_SECONDS", "2")])?;
    for era in [LEGACY, CURRENT] {
        let query = json!({"sql": ENDLESS_QUERY});
        let target = target(&site.nginx, TOKEN, "run_query", &query);
        let mut python = Command::new(tool("mcp-client", "bin/python")?);
        python.arg(script("passes.py")).arg(era);
        let report = run(python.arg(target.to_string()))?;
        let report: Value = serde_json::from_str(&report)?;
        let news = report["seconds_before_the_end"]
            .as_array()
            .context("news")?;
        let early = news
            .iter()
            .filter_map(Value::as_f64)
            .filter(|before| *before > 0.7);
        ensure!(early.count() >= 2, "{era}: {report}");
        let refused = json!({"/healthz": 404, "/metrics": 404, "/readyz": 404, "2 MiB": 413, "another name": null});
        ensure!(report["refused"] == refused, "{era}: {report}");
    }
    let errors = site.nginx.errors()?;
    let expected = |line: &str| line.contains("client intended to send too large body");
    ensure!(errors.lines().all(expected), "{errors}");
    Ok(())
}

fn now() -> Result<f64> {
    Ok(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs_f64())
}
