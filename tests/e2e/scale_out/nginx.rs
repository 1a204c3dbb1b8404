//! nginx with the configuration that the project ships: another port and another name, and a list of replicas as in README.

use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddrV4, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;

use crate::support::{free_port, run};

const PROGRAM: &str = "/usr/sbin/nginx";

/// `nobody`, where the test run is root; a user of its own is what nginx has in a container, too.
const NOBODY: u32 = 65534;

pub struct Nginx {
    child: Child,
    dir: PathBuf,
    port: u16,
}

impl Nginx {
    /// Start it in `dir` in front of `replicas`.
    pub fn start(project: &Path, dir: PathBuf, replicas: &[SocketAddrV4]) -> Result<Self> {
        ensure!(
            Path::new(PROGRAM).exists(),
            "{PROGRAM} is not there: run `.ci/tools`"
        );
        let port = free_port()?;
        let shipped = project.join("deploy/kubernetes/nginx/nginx.conf");
        let shipped = fs::read_to_string(shipped)?;
        let adapted = shipped
            .replace("listen 8443 ", &format!("listen 127.0.0.1:{port} "))
            .replace("server_name mcp.example.com;", "server_name localhost;");
        ensure!(
            shipped.lines().count() == adapted.lines().count()
                && shipped
                    .lines()
                    .zip(adapted.lines())
                    .filter(|(a, b)| a != b)
                    .count()
                    == 3,
            "not the two listeners and the name:\n{shipped}"
        );
        fs::create_dir_all(dir.join("run"))?;
        fs::create_dir_all(dir.join("tls"))?;
        fs::write(dir.join("nginx.conf"), adapted)?;
        let readme = fs::read_to_string(project.join("README.md"))?;
        fs::write(dir.join("replicas.conf"), listed(&readme, replicas)?)?;
        certify(&dir.join("tls"))?;

        let mut command = Command::new(PROGRAM);
        command.args(["-e", "stderr", "-g", "daemon off;"]);
        command.arg("-p").arg(dir.join("run"));
        command.arg("-c").arg(dir.join("nginx.conf"));
        command.stdin(Stdio::null());
        command.stdout(File::create(dir.join("run/access.log"))?);
        command.stderr(File::create(dir.join("run/error.log"))?);
        if run(Command::new("id").arg("-u"))?.trim() == "0" {
            let owner = format!("{NOBODY}:{NOBODY}");
            run(Command::new("chown").arg("-R").arg(owner).arg(&dir))?;
            command.uid(NOBODY).gid(NOBODY);
        }
        let child = command.spawn().context("start nginx")?;
        let mut nginx = Self { child, dir, port };
        nginx.wait()?;
        Ok(nginx)
    }

    fn wait(&mut self) -> Result<()> {
        let started = Instant::now();
        while TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_err() {
            if let Some(status) = self.child.try_wait()? {
                bail!("nginx ended early: {status}\n{}", self.errors()?);
            }
            ensure!(
                started.elapsed() < Duration::from_secs(20),
                "nginx does not listen"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    pub fn url(&self) -> String {
        format!("https://localhost:{}/mcp", self.port)
    }

    /// The certificate, which clients are to trust.
    pub fn certificate(&self) -> PathBuf {
        self.dir.join("tls/tls.crt")
    }

    pub fn errors(&self) -> Result<String> {
        Ok(fs::read_to_string(self.dir.join("run/error.log"))?)
    }

    /// The addresses of replicas that broke off in the middle of an answer, once for each answer.
    pub fn cut_off(&self) -> Result<Vec<String>> {
        let errors = self.errors()?;
        let cut_off = errors
            .lines()
            .filter(|line| line.contains(" while reading upstream,"));
        let replica = |line: &str| {
            let (_, rest) = line.split_once("upstream: \"http://")?;
            Some(rest.split_once('/')?.0.to_owned())
        };
        cut_off
            .map(|line| replica(line).context(line.to_owned()))
            .collect()
    }

    /// What was logged of POST requests so far.
    pub fn posts(&self) -> Result<Vec<Post>> {
        let log = fs::read_to_string(self.dir.join("run/access.log"))?;
        let lines = log.lines().map(serde_json::from_str::<Value>);
        let mut posts = Vec::new();
        for line in lines {
            let line = line.context("the access log")?;
            if line["method"] == "POST" {
                posts.push(Post::read(&line).with_context(|| line.to_string())?);
            }
        }
        Ok(posts)
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // SIGTERM ends the workers, too; SIGKILL would leave them.
        let id = self.child.id().to_string();
        drop(run(Command::new("kill").arg(id)));
        drop(self.child.wait());
    }
}

/// A request as nginx logged it. Times are in seconds, with milliseconds.
#[derive(Debug)]
pub struct Post {
    pub status: u64,
    pub started: f64,
    pub ended: f64,
    /// Those that it was sent to, the one that answered last.
    pub replicas: Vec<String>,
}

impl Post {
    pub fn went_well(&self) -> bool {
        (200..300).contains(&self.status)
    }

    fn read(line: &Value) -> Option<Self> {
        let ended = line["ended"].as_f64()?;
        let replicas = line["replica"].as_str()?.split(", ");
        Some(Self {
            status: line["status"].as_u64()?,
            started: ended - line["seconds"].as_f64()?,
            ended,
            replicas: replicas.map(str::to_owned).collect(),
        })
    }
}

/// The list of replicas in README, with ours in it.
fn listed(readme: &str, replicas: &[SocketAddrV4]) -> Result<String> {
    let (_, block) = readme
        .split_once("```nginx\n")
        .context("no list in README")?;
    let (block, _) = block.split_once("```").context("no end of the list")?;
    let mut list = String::new();
    for line in block.lines() {
        if line.contains("10.0.0.1:8000") {
            for replica in replicas {
                let name = replica.ip().to_string().replace('.', "-");
                let line = line.replace("10.0.0.1:8000", &replica.to_string());
                list.push_str(&line.replace("10-0-0-1", &name));
                list.push('\n');
            }
        } else if !line.contains("10.0.0.2:8000") {
            list.push_str(line);
            list.push('\n');
        }
    }
    Ok(list)
}

fn certify(dir: &Path) -> Result<()> {
    let mut openssl = Command::new("openssl");
    openssl.args(["req", "-x509", "-nodes", "-days", "1", "-newkey", "ec"]);
    openssl.args(["-pkeyopt", "ec_paramgen_curve:prime256v1"]);
    openssl.args([
        "-subj",
        "/CN=localhost",
        "-addext",
        "subjectAltName=DNS:localhost",
    ]);
    openssl.arg("-keyout").arg(dir.join("tls.key"));
    run(openssl.arg("-out").arg(dir.join("tls.crt"))).map(drop)
}
