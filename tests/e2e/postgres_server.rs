//! A Postgres server of Debian's package, on the loopback address and for an unprivileged user. It ends with its value or
//! with this program.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use tempfile::TempDir;

use crate::support::{free_port, run};

/// A server on the loopback address, in a folder that goes with it.
#[derive(Debug)]
pub struct Postgres {
    folder: TempDir,
    pub port: u16,
    settings: Vec<String>,
    process: Option<Child>,
}

/// A database, and a role that owns it and may do nothing else.
#[derive(Debug)]
pub struct Database {
    pub name: String,
    pub role: String,
    port: u16,
}

impl Database {
    pub fn url(&self) -> String {
        let Self { name, role, port } = self;
        format!("postgres://{role}:{PASSWORD}@127.0.0.1:{port}/{name}")
    }
}

/// The password of everybody; it must not turn up where it does not belong.
pub const PASSWORD: &str = "correct-horse-battery";

impl Postgres {
    pub fn start() -> Result<Self> {
        Self::start_with(|_| Ok(Vec::new()))
    }

    /// With settings that `prepare` makes, which may put files into the server's folder.
    pub fn start_with(prepare: impl FnOnce(&Path) -> Result<Vec<String>>) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("postgres-").tempdir()?;
        let password = folder.path().join("password");
        fs::write(&password, PASSWORD)?;
        let settings = prepare(folder.path())?;
        if is_root()? {
            run(Command::new("chown").args(["-R", USER]).arg(folder.path()))?;
        }
        let mut initdb = unprivileged(&program("initdb")?)?;
        initdb
            .args(["--username=postgres", "--auth=scram-sha-256", "--no-sync"])
            .args(["--encoding=UTF8", "--locale=C.UTF-8"])
            .arg(format!("--pwfile={}", password.display()))
            .arg(folder.path().join("data"));
        run(initdb.current_dir("/"))?;
        let mut server = Self {
            folder,
            port: free_port()?,
            settings,
            process: None,
        };
        server.resume()?;
        Ok(server)
    }

    /// Start again, on the same port, and wait until it answers.
    pub fn resume(&mut self) -> Result<()> {
        // The shell ends the server when its input ends, as it does with this program, however that ends.
        let watch = r#"folder=$1; shift; "$@" & read -r keep; kill -INT $!; wait $!; [ "$keep" ] || rm -rf "$folder""#;
        let mut command = unprivileged(Path::new("sh"))?;
        command.args(["-c", watch, "sh"]).arg(self.folder.path());
        command.arg(program("postgres")?);
        command.arg("-D").arg(self.folder.path().join("data"));
        for setting in [
            format!("port={}", self.port),
            "listen_addresses=127.0.0.1".to_owned(),
            format!("unix_socket_directories={}", self.folder.path().display()),
            "fsync=off".to_owned(),
        ]
        .iter()
        .chain(&self.settings)
        {
            command.arg("-c").arg(setting);
        }
        let log = fs::File::create(self.folder.path().join("log"))?;
        command.stdin(Stdio::piped()).stdout(Stdio::null());
        let mut process = command.current_dir("/").stderr(log).spawn()?;
        let started = Instant::now();
        while self.sql("postgres", "SELECT 1").is_err() {
            if let Some(status) = process.try_wait()? {
                let log = fs::read_to_string(self.folder.path().join("log"))?;
                bail!("Postgres ended: {status}\n{log}");
            }
            ensure!(
                started.elapsed() < Duration::from_secs(60),
                "Postgres does not answer"
            );
            std::thread::sleep(Duration::from_millis(50));
        }
        self.process = Some(process);
        Ok(())
    }

    /// Stop it as an administrator does: connections are closed, statements are ended.
    pub fn stop(&mut self) -> Result<()> {
        if let Some(mut process) = self.process.take() {
            let mut input = process.stdin.take().context("its input")?;
            input.write_all(b"keep\n")?;
            process.wait()?;
        }
        Ok(())
    }

    /// One of its files.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Run SQL as the superuser; what it returns, a line for each row.
    pub fn sql(&self, database: &str, sql: &str) -> Result<String> {
        let mut psql = Command::new(program("psql")?);
        psql.args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align"]);
        psql.args(["--set=ON_ERROR_STOP=1", "--command", sql]);
        self.as_superuser(&mut psql).env("PGDATABASE", database);
        run(&mut psql)
    }

    /// What tells Postgres' programs to connect here.
    pub fn as_superuser<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command
            .env("PGHOST", "127.0.0.1")
            .env("PGPORT", self.port.to_string())
            .env("PGUSER", "postgres")
            .env("PGPASSWORD", PASSWORD)
    }

    /// A new database, as README says that it is to be made.
    pub fn database(&self) -> Result<Database> {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("project{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let role = format!("CREATE ROLE {name} LOGIN PASSWORD '{PASSWORD}'");
        self.sql("postgres", &role)?;
        self.sql("postgres", &format!("CREATE DATABASE {name} OWNER {name}"))?;
        let port = self.port;
        let role = name.clone();
        Ok(Database { name, role, port })
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        drop(self.stop());
    }
}

/// Postgres refuses to run as root.
const USER: &str = "nobody";

fn is_root() -> Result<bool> {
    Ok(run(Command::new("id").arg("-u"))?.trim() == "0")
}

fn unprivileged(program: &Path) -> Result<Command> {
    if !is_root()? {
        return Ok(Command::new(program));
    }
    let mut command = Command::new("setpriv");
    command.args([
        &format!("--reuid={USER}"),
        "--regid=nogroup",
        "--clear-groups",
    ]);
    command.arg(program);
    Ok(command)
}

/// A program of Postgres; Debian puts those of the server into a folder of their own.
fn program(name: &str) -> Result<PathBuf> {
    let mut folders: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .collect();
    folders.sort();
    let path = std::env::var_os("PATH").unwrap_or_default();
    folders.extend(std::env::split_paths(&path));
    let found = folders.iter().map(|folder| folder.join(name));
    found
        .into_iter()
        .find(|path| path.exists())
        .with_context(|| format!("Postgres' program `{name}` is not there: run `.ci/tools`"))
}
