//! The container image without a container engine: build commands, entry point, environment and health check are read from
//! the generated Dockerfile and compose file, and run here.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};
use libtest_mimic::Trial;
use serde_json::{Value, json};

use crate::combos::Combo;
use crate::language::Language;
use crate::python;
use crate::support::{PROGRAM, Project, Server, free_port, generated, run};
use crate::trial;
use image::{Image, Step, context};

mod image;

pub fn trials() -> Vec<Trial> {
    Language::ALL.into_iter().flat_map(trials_of).collect()
}

fn trials_of(language: Language) -> Vec<Trial> {
    let case = |what: String| format!("container::the_{language}_{what}");
    let mut trials = vec![trial(
        case("image_is_built_as_its_dockerfile_says".to_owned()),
        move || is_built(language),
    )];
    for transport in ["both", "stdio"] {
        let case = case(format!("{transport}_image_speaks_stdio"));
        trials.push(trial(case, move || speaks_stdio(language, transport)));
    }
    for transport in ["both", "http"] {
        let opens = case(format!("{transport}_image_opens_no_server_by_itself"));
        trials.push(trial(opens, move || opens_no_server(language, transport)));
        let scraped = case(format!("{transport}_composition_brings_its_metrics"));
        trials.push(trial(scraped, move || is_scraped(language, transport)));
        for starter in ["notes", "toolhub"] {
            let case = case(format!(
                "{transport}_{starter}_composition_serves_and_is_healthy"
            ));
            trials.push(trial(case, move || serves(language, starter, transport)));
        }
    }
    trials
}

fn generate(language: Language, transport: &str) -> Result<Project> {
    generate_starter(language, "notes", transport, &[])
}

fn generate_starter(
    language: Language,
    starter: &str,
    transport: &str,
    more: &[&str],
) -> Result<Project> {
    let language_id = language.to_string();
    let options = [
        ("container", "docker"),
        ("language", &language_id),
        ("starter", starter),
        ("transport", transport),
    ];
    let combo: Combo = options
        .map(|(option, choice)| (option.to_owned(), choice.to_owned()))
        .into();
    let name = name(language, starter, transport);
    Project::generate("container", &name, &combo, more)
}

fn name(language: Language, starter: &str, transport: &str) -> String {
    format!("container-{language}-{starter}-{transport}")
}

/// The folder of the user of `distroless/cc:nonroot`.
const HOME: &str = "/home/nonroot";

/// The very commands, in a folder with the very files that `.dockerignore` lets through.
fn is_built(language: Language) -> Result<()> {
    let project = generate(language, "both")?;
    let image = Image::read(&project.dir)?;
    for transport in ["stdio", "http"] {
        let mut other = Image::read(&generate(language, transport)?.dir)?;
        for step in &mut other.steps {
            if let Step::Run { command, .. } = step {
                *command = command.replace(&name(language, "notes", transport), &project.name);
            }
        }
        ensure!(other.steps == image.steps, "{:?} differs", other.steps);
    }
    let program = built(language, &project, &image)?;
    let version = run(image.command(&program, &BTreeMap::new()).arg("--version"))?;
    ensure!(version == format!("{} 0.1.0\n", project.name), "{version}");
    match language {
        Language::Rust => links_only_what_the_image_has(&program),
        Language::Python => is_compiled(&program),
    }
}

/// The program that the Dockerfile builds. What the image does not get is gone.
fn built(language: Language, project: &Project, image: &Image) -> Result<PathBuf> {
    match language {
        Language::Rust => drop(project.cargo(&["update", "--workspace", "--quiet"])?),
        Language::Python => python::lock(project)?,
    }
    let folder = generated().join("container/build").join(&project.name);
    let program = image.build(&context(&project.dir)?, &folder)?;
    fs::remove_dir_all(folder.join("src"))?;
    Ok(program)
}

/// The program to test: of Rust the debug build, which is there sooner.
fn program(language: Language, project: &Project, image: &Image) -> Result<PathBuf> {
    if language == Language::Python {
        return built(language, project, image);
    }
    project.cargo(&["build", "--quiet"])?;
    Ok(project.server())
}

/// A container that can write nothing would else compile at every start.
fn is_compiled(program: &Path) -> Result<()> {
    let python = program.with_file_name("python");
    let line = "import mcp.server as it; print(it.__cached__)";
    let compiled = run(Command::new(python).args(["-Bc", line]))?;
    ensure!(Path::new(compiled.trim()).is_file(), "no {compiled}");
    Ok(())
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

fn speaks_stdio(language: Language, transport: &str) -> Result<()> {
    let project = generate(language, transport)?;
    let image = Image::read(&project.dir)?;
    let composed = project.dir.join("compose.yaml").exists();
    ensure!(
        composed == (transport == "both"),
        "compose.yaml: {composed}"
    );
    let program = program(language, &project, &image)?;
    let server = image.command(&program, &BTreeMap::new());
    let mut check = Command::new(PROGRAM);
    check
        .args(["check", "--json", "--"])
        .arg(server.get_program());
    run(check.args(server.get_args())).map(drop)
}

/// The image listens on every address, so it must refuse to start until somebody says that this is meant.
fn opens_no_server(language: Language, transport: &str) -> Result<()> {
    let project = generate(language, transport)?;
    let image = Image::read(&project.dir)?;
    let program = program(language, &project, &image)?;
    let http = [("MCP_TRANSPORT".to_owned(), "http".to_owned())].into();
    let Err(error) = run(&mut image.command(&program, &http)) else {
        bail!("it ended well");
    };
    let error = error.to_string();
    ensure!(
        error.contains("exit status: 2") && error.contains("--allow-unauthenticated"),
        "{error}"
    );
    Ok(())
}

/// A server with the settings of its image and its composition, but for a port of its own, and no address that others can
/// reach.
struct Composed {
    project: Project,
    image: Image,
    compose: Value,
    env: BTreeMap<String, String>,
    program: PathBuf,
    server: Server,
    port: u16,
    /// Where its database is.
    _folder: tempfile::TempDir,
}

impl Composed {
    fn start(language: Language, project: Project) -> Result<Self> {
        let image = Image::read(&project.dir)?;
        let program = program(language, &project, &image)?;
        let compose = yaml(&project.dir.join("compose.yaml"))?;
        let mut env = image.env.clone();
        // The default of the setting.
        env.entry("MCP_PORT".to_owned())
            .or_insert_with(|| "8000".to_owned());
        let given = &compose["services"]["server"]["environment"];
        for (key, value) in given.as_object().context("environment")? {
            env.insert(key.clone(), value.as_str().context("a text")?.to_owned());
        }
        fits_together(&project.dir, &image, &compose, &env)?;
        let port = free_port()?;
        let mut local = env.clone();
        local.insert("MCP_PORT".to_owned(), port.to_string());
        local.insert("MCP_HOST".to_owned(), Ipv4Addr::LOCALHOST.to_string());
        let folder = tempfile::tempdir()?;
        if let Some(file) = local.get_mut("MCP_DATABASE_FILE") {
            let place = Path::new(file).parent().context("a directory")?;
            let place = place.to_str().context("a UTF-8 path")?.to_owned();
            *file = file.replacen(&place, folder.path().to_str().context("a UTF-8 path")?, 1);
        }
        let server = Server::start(&mut image.command(&program, &local), port)?;
        Ok(Self {
            project,
            image,
            compose,
            env,
            program,
            server,
            port,
            _folder: folder,
        })
    }

    /// The check runs with the settings of the container, which listens on every address. Its program is in the image.
    fn health(&self) -> Result<Command> {
        let test = &self.compose["services"]["server"]["healthcheck"]["test"];
        let test: Vec<String> = serde_json::from_value(test.clone())?;
        ensure!(test[0] == "CMD", "{test:?}");
        let name = Path::new(&test[1]).file_name().context("a program")?;
        let program = if test[1] == self.image.entry[0] {
            self.program.clone()
        } else {
            self.program.with_file_name(name)
        };
        let mut env = self.env.clone();
        env.insert("MCP_PORT".to_owned(), self.port.to_string());
        let address = format!(":{}/", self.env["MCP_PORT"]);
        let port = format!(":{}/", self.port);
        let mut command = self.image.command(&program, &env);
        command.args(test[2..].iter().map(|it| it.replace(&address, &port)));
        Ok(command)
    }
}

fn serves(language: Language, starter: &str, transport: &str) -> Result<()> {
    let project = generate_starter(language, starter, transport, &[])?;
    let composed = Composed::start(language, project)?;
    let url = &composed.server.url;
    run(Command::new(PROGRAM).args(["check", "--json", "--url", url]))?;
    ensure!(
        get(composed.port, "/metrics", "localhost")?.starts_with("HTTP/1.1 404 "),
        "there are metrics"
    );
    run(&mut composed.health()?)?;
    let mut health = composed.health()?;
    drop(composed);
    ensure!(run(&mut health).is_err(), "healthy although it is gone");
    Ok(())
}

/// Prometheus gets what it asks for, at the address that it has.
fn is_scraped(language: Language, transport: &str) -> Result<()> {
    let more = ["--telemetry", "prometheus"];
    let project = generate_starter(language, "notes", transport, &more)?;
    let composed = Composed::start(language, project)?;
    let target = scraped(&composed.project.dir)?;
    let (host, port) = target.split_once(':').context("a port")?;
    let services = composed.compose["services"].as_object();
    let services = services.context("services")?;
    ensure!(services.contains_key(host), "no service is called {host}");
    ensure!(port == composed.env["MCP_PORT"], "{target} is not scraped");
    let mounted = services["prometheus"]["volumes"][0]
        .as_str()
        .context("a volume")?;
    ensure!(mounted.starts_with("./prometheus.yml:"), "{mounted}");
    let url = &composed.server.url;
    run(Command::new(PROGRAM).args(["call", "--url", url, "add-note", "name=a", "content=b"]))?;
    let scrape = get(composed.port, "/metrics", &target)?;
    ensure!(scrape.starts_with("HTTP/1.1 200 "), "{scrape}");
    let counted = |line: &str| {
        line.starts_with("mcp_tool_calls_total{") && line.contains("tool=\"add-note\"")
    };
    ensure!(scrape.lines().any(counted), "{scrape}");
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
    let volumes = compose["volumes"].as_object().into_iter().flatten();
    let mut volumes: BTreeSet<_> = volumes.map(|(name, _)| name.as_str()).collect();
    let metrics = services.contains_key("prometheus");
    ensure!(volumes.remove("metrics") == metrics, "{volumes:?}");
    let Some(file) = env.get("MCP_DATABASE_FILE") else {
        ensure!(volumes.is_empty(), "{volumes:?}");
        return Ok(());
    };
    // Nothing else can be written by the user of the image, and nothing else is kept.
    ensure!(volumes == ["data"].into(), "{volumes:?}");
    let mounted = &services["server"]["volumes"];
    let place = Path::new(file).parent().context("a directory")?.display();
    ensure!(*mounted == json!([format!("data:{place}")]), "{mounted}");
    let made = format!("\nRUN install --directory --owner=65532 --group=65532 {place}\n");
    let image = fs::read_to_string(dir.join("Dockerfile"))?;
    ensure!(place.to_string() == HOME || image.contains(&made), "{file}");
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
