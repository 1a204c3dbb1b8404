//! The container image without a container engine: build commands, entry point, environment and health check are read from
//! the generated Dockerfile and compose file, and run here.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};
use libtest_mimic::Trial;
use serde_json::{Value, json};

use crate::combos::Combo;
use crate::support::{PROGRAM, Project, Server, free_port, generated, run};
use crate::trial;

pub fn trials() -> Vec<Trial> {
    let mut trials = vec![trial(
        "container::the_image_is_built_as_its_dockerfile_says".to_owned(),
        is_built,
    )];
    for transport in ["both", "stdio"] {
        let case = format!("container::the_{transport}_image_speaks_stdio");
        trials.push(trial(case, move || speaks_stdio(transport)));
    }
    for transport in ["both", "http"] {
        let case = format!("container::the_{transport}_image_opens_no_server_by_itself");
        trials.push(trial(case, move || opens_no_server(transport)));
        for starter in ["notes", "toolhub"] {
            let case =
                format!("container::the_{transport}_{starter}_composition_serves_and_is_healthy");
            trials.push(trial(case, move || serves(starter, transport)));
        }
    }
    trials
}

fn generate(transport: &str) -> Result<Project> {
    generate_starter("notes", transport)
}

fn generate_starter(starter: &str, transport: &str) -> Result<Project> {
    let options = [
        ("container", "docker"),
        ("starter", starter),
        ("transport", transport),
    ];
    let combo: Combo = options
        .map(|(option, choice)| (option.to_owned(), choice.to_owned()))
        .into();
    let name = format!("container-{starter}-{transport}");
    Project::generate("container", &name, &combo, &[])
}

/// The folder of the user of `distroless/cc:nonroot`.
const HOME: &str = "/home/nonroot";

/// What of a Dockerfile is tested.
#[derive(Debug, Default)]
struct Image {
    build: String,
    /// Where the build leaves the program, from the folder that it works in.
    built: String,
    env: BTreeMap<String, String>,
    ports: Vec<String>,
    health: Option<Vec<String>>,
    entry: Vec<String>,
}

impl Image {
    fn read(dir: &Path) -> Result<Self> {
        let text = fs::read_to_string(dir.join("Dockerfile"))?.replace("\\\n", " ");
        let mut image = Self::default();
        let (mut folder, mut user) = (String::new(), "");
        for line in text.lines().filter(|line| !line.is_empty()) {
            let (word, rest) = line.split_once(' ').context("an instruction")?;
            match word {
                "#" | "FROM" | "LABEL" => {}
                "WORKDIR" => folder = format!("{rest}/"),
                "RUN" => {
                    let command = rest
                        .split_whitespace()
                        .filter(|it| !it.starts_with("--mount"));
                    image.build = command.collect::<Vec<_>>().join(" ");
                }
                "COPY" if rest == ". ." => {}
                "COPY" => {
                    let from = rest
                        .strip_prefix("--from=build ")
                        .context(rest.to_owned())?;
                    let (from, to) = from.split_once(' ').context("a target")?;
                    let built = from.strip_prefix(&folder).context(folder.clone())?;
                    built.clone_into(&mut image.built);
                    image.entry = vec![to.to_owned()];
                }
                "ENV" => image.env.extend(pairs(rest)),
                "EXPOSE" => image.ports.push(rest.to_owned()),
                "USER" => user = rest,
                "HEALTHCHECK" => {
                    let (_, command) = rest.split_once("CMD ").context("a command")?;
                    image.health = Some(serde_json::from_str(command)?);
                }
                "ENTRYPOINT" => {
                    let entry: Vec<String> = serde_json::from_str(rest)?;
                    ensure!(entry == image.entry, "{entry:?} is not what was copied");
                }
                other => bail!("`{other}` is not tested"),
            }
        }
        ensure!(user == "65532:65532", "runs as {user:?}");
        Ok(image)
    }

    /// The program as a container runs it: nothing of our environment that it would read.
    fn command(&self, program: &Path, more: &BTreeMap<String, String>) -> Command {
        let mut command = Command::new("env");
        command.arg("--ignore-environment");
        for (key, value) in self.env.iter().chain(more) {
            command.arg(format!("{key}={value}"));
        }
        command.arg(program).args(&self.entry[1..]);
        command
    }
}

fn pairs(text: &str) -> impl Iterator<Item = (String, String)> {
    let pairs = text.split_whitespace().filter_map(|it| it.split_once('='));
    pairs.map(|(key, value)| (key.to_owned(), value.to_owned()))
}

/// The very command, in a folder with the very files that `.dockerignore` lets through.
fn is_built() -> Result<()> {
    let project = generate("both")?;
    let image = Image::read(&project.dir)?;
    for transport in ["stdio", "http"] {
        let other = Image::read(&generate(transport)?.dir)?;
        let renamed = other
            .build
            .replace(&format!("container-notes-{transport}"), &project.name);
        ensure!(renamed == image.build, "{} differs", other.build);
    }
    project.cargo(&["generate-lockfile"])?;
    let context = context(&project.dir)?;
    // The builder's cache.
    symlink(generated().join("target"), context.join("target"))?;
    let folder = Project {
        name: project.name.clone(),
        dir: context.clone(),
    };
    folder.shell(&image.build)?;

    let program = context.join(&image.built);
    let version = run(image.command(&program, &BTreeMap::new()).arg("--version"))?;
    ensure!(version == format!("{} 0.1.0\n", project.name), "{version}");
    links_only_what_the_image_has(&program)
}

/// What is in `distroless/cc`.
#[cfg(target_os = "linux")]
fn links_only_what_the_image_has(program: &Path) -> Result<()> {
    let known = ["linux-vdso.so", "libc.so", "libgcc_s.so", "libm.so", "/lib"];
    let libraries = run(Command::new("ldd").arg(program))?;
    for library in libraries.lines().map(str::trim) {
        let fits = known.iter().any(|known| library.starts_with(known));
        ensure!(fits, "the image lacks {library}");
    }
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn links_only_what_the_image_has(_: &Path) -> Result<()> {
    Ok(())
}

/// A copy of what `.dockerignore`, which lists what is let through, leaves of the project.
fn context(project: &Path) -> Result<PathBuf> {
    let context = generated().join("container/context");
    if context.exists() {
        fs::remove_dir_all(&context)?;
    }
    fs::create_dir_all(&context)?;
    let ignore = fs::read_to_string(project.join(".dockerignore"))?;
    let mut lines = ignore.lines().filter(|line| !line.starts_with('#'));
    ensure!(lines.next() == Some("*"), "not everything is kept out");
    for line in lines {
        let name = line.strip_prefix('!').with_context(|| line.to_owned())?;
        run(Command::new("cp")
            .arg("-r")
            .arg(project.join(name))
            .arg(&context))?;
    }
    Ok(context)
}

fn speaks_stdio(transport: &str) -> Result<()> {
    let project = generate(transport)?;
    let image = Image::read(&project.dir)?;
    ensure!(image.health.is_none(), "a stdio image has no health check");
    let composed = project.dir.join("compose.yaml").exists();
    ensure!(
        composed == (transport == "both"),
        "compose.yaml: {composed}"
    );
    project.cargo(&["build", "--quiet"])?;
    let server = image.command(&project.server(), &BTreeMap::new());
    let mut check = Command::new(PROGRAM);
    check
        .args(["check", "--json", "--"])
        .arg(server.get_program());
    run(check.args(server.get_args())).map(drop)
}

/// The image listens on every address, so it must refuse to start until somebody says that this is meant.
fn opens_no_server(transport: &str) -> Result<()> {
    let project = generate(transport)?;
    let image = Image::read(&project.dir)?;
    project.cargo(&["build", "--quiet"])?;
    let http = [("MCP_TRANSPORT".to_owned(), "http".to_owned())].into();
    let Err(error) = run(&mut image.command(&project.server(), &http)) else {
        bail!("it ended well");
    };
    let error = error.to_string();
    ensure!(
        error.contains("exit status: 2") && error.contains("MCP_ALLOW_UNAUTHENTICATED"),
        "{error}"
    );
    Ok(())
}

fn serves(starter: &str, transport: &str) -> Result<()> {
    let project = generate_starter(starter, transport)?;
    let image = Image::read(&project.dir)?;
    project.cargo(&["build", "--quiet"])?;
    let compose = yaml(&project.dir.join("compose.yaml"))?;
    let service = &compose["services"]["server"];
    let mut env = image.env.clone();
    for (key, value) in service["environment"].as_object().context("environment")? {
        env.insert(key.clone(), value.as_str().context("a text")?.to_owned());
    }
    fits_together(&project.dir, &image, &compose, &env)?;

    // Other ports, and no address that others can reach, for the time of this test.
    let (port, metrics) = (free_port()?, free_port()?);
    let metrics_port = env["MCP_METRICS_PORT"].clone();
    let hosts = env["MCP_ALLOWED_HOSTS"].replace(&metrics_port, &metrics.to_string());
    env.insert("MCP_ALLOWED_HOSTS".to_owned(), hosts);
    env.insert("MCP_PORT".to_owned(), port.to_string());
    env.insert("MCP_METRICS_PORT".to_owned(), metrics.to_string());
    let mut local = env.clone();
    local.insert("MCP_HOST".to_owned(), Ipv4Addr::LOCALHOST.to_string());
    let folder = tempfile::tempdir()?;
    if let Some(file) = local.get_mut("MCP_DATABASE_FILE") {
        *file = file.replace(HOME, folder.path().to_str().context("a UTF-8 path")?);
    }
    let server = Server::start(&mut image.command(&project.server(), &local), port)?;
    run(Command::new(PROGRAM).args(["check", "--json", "--url", &server.url]))?;

    let target = scraped(&project.dir)?.replace(&metrics_port, &metrics.to_string());
    let scrape = get(metrics, "/metrics", &target)?;
    ensure!(scrape.starts_with("HTTP/1.1 200 "), "{scrape}");
    ensure!(scrape.ends_with("# EOF\n"), "{scrape}");
    let foreign = get(metrics, "/metrics", "evil.example")?;
    ensure!(foreign.starts_with("HTTP/1.1 403 "), "{foreign}");
    let published = get(port, "/metrics", "localhost")?;
    ensure!(published.starts_with("HTTP/1.1 404 "), "{published}");

    // The check runs with the settings of the container, which listens on every address.
    let test: Vec<String> = serde_json::from_value(service["healthcheck"]["test"].clone())?;
    ensure!(test[0] == "CMD" && test[1] == image.entry[0], "{test:?}");
    if let Some(health) = &image.health {
        ensure!(*health == test[1..], "{health:?} is not {test:?}");
    }
    ensure!(image.health.is_some() == (transport == "http"), "{image:?}");
    let healthy = || run(image.command(&project.server(), &env).args(&test[2..]));
    healthy()?;
    drop(server);
    ensure!(healthy().is_err(), "healthy although it is gone");
    Ok(())
}

/// Ports, names and files that two of the files must agree on; nothing is published to other machines.
fn fits_together(
    dir: &Path,
    image: &Image,
    compose: &Value,
    env: &BTreeMap<String, String>,
) -> Result<()> {
    let services = compose["services"].as_object().context("services")?;
    for (name, service) in services {
        for port in service["ports"].as_array().into_iter().flatten() {
            let port = port.as_str().context("a text")?;
            let inner = port.strip_prefix("127.0.0.1:").context("is published")?;
            let (_, inner) = inner.split_once(':').context("two ports")?;
            ensure!(name != "server" || inner == env["MCP_PORT"], "{port}");
        }
        for (key, value) in [("read_only", json!(true)), ("cap_drop", json!(["ALL"]))] {
            ensure!(service[key] == value, "{name}: {key}");
        }
    }
    ensure!(
        image.ports == [env["MCP_PORT"].clone()],
        "{:?}",
        image.ports
    );
    let target = scraped(dir)?;
    let (host, port) = target.split_once(':').context("a port")?;
    ensure!(services.contains_key(host), "no service is called {host}");
    ensure!(port == env["MCP_METRICS_PORT"], "{target} is not scraped");
    let mounted = services["prometheus"]["volumes"][0]
        .as_str()
        .context("a volume")?;
    ensure!(mounted.starts_with("./prometheus.yml:"), "{mounted}");
    let volumes = compose["volumes"].as_object().context("volumes")?;
    let volumes: BTreeSet<_> = volumes.keys().map(String::as_str).collect();
    let Some(file) = env.get("MCP_DATABASE_FILE") else {
        ensure!(volumes == ["metrics"].into(), "{volumes:?}");
        return Ok(());
    };
    // Nothing else can be written by the user of the image, and nothing else is kept.
    ensure!(volumes == ["data", "metrics"].into(), "{volumes:?}");
    let mounted = &services["server"]["volumes"];
    ensure!(*mounted == json!([format!("data:{HOME}")]), "{mounted}");
    ensure!(Path::new(file).parent() == Some(Path::new(HOME)), "{file}");
    Ok(())
}

/// What Prometheus is told to read.
fn scraped(dir: &Path) -> Result<String> {
    let config = yaml(&dir.join("prometheus.yml"))?;
    let target = &config["scrape_configs"][0]["static_configs"][0]["targets"][0];
    Ok(target.as_str().context("a target")?.to_owned())
}

fn yaml(path: &Path) -> Result<Value> {
    let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    Ok(serde_yaml_ng::from_str(&text)?)
}

fn get(port: u16, path: &str, host: &str) -> Result<String> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n"
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}
