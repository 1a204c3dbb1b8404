//! Where generated projects and tools live, and how a command is run: its output kept, its time limited.

use std::fs::{self, File};
use std::io::Read as _;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};

use crate::combos::Combo;
use crate::locks;

/// The program under test.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_create-mcp-server");

/// Compiling a server and its dependencies on a slow machine is the longest thing that happens here.
const LIMIT: Duration = Duration::from_secs(20 * 60);

/// `target/generated`: the projects, and one cargo target directory for all of them.
///
/// The directory is named in a cargo configuration file above the projects, so that they run exactly as for a user, without
/// a variable that a host would not set. Debug information and incremental files would only fill the disk.
pub fn generated() -> &'static Path {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/generated");
        fs::create_dir_all(root.join(".cargo")).expect("a directory for the generated projects");
        let config = "[build]\ntarget-dir = \"target\"\nincremental = false\n\n[profile.dev]\ndebug = false\n";
        let offline = format!("\n[net]\noffline = {}\n", !locks::latest());
        let config = config.to_owned() + &offline;
        fs::write(root.join(".cargo/config.toml"), config).expect("cargo's configuration");
        root
    })
}

/// A project that the program under test wrote.
#[derive(Debug, Clone)]
pub struct Project {
    pub name: String,
    pub dir: PathBuf,
}

impl Project {
    /// Generate into `target/generated/FOLDER/NAME`, replacing what an earlier run left there.
    pub fn generate(folder: &str, name: &str, combo: &Combo, more: &[&str]) -> Result<Self> {
        let dir = generated().join(folder).join(name);
        if dir.exists() {
            fs::remove_dir_all(&dir).with_context(|| format!("remove {}", dir.display()))?;
        }
        let mut command = Command::new(PROGRAM);
        command.arg("new").arg(&dir);
        command.args(["--yes", "--no-git", "--no-build", "--quiet"]);
        for (option, choice) in combo {
            command.arg(format!("--{option}")).arg(choice);
        }
        run(command.args(more))?;
        locks::give(&dir)?;
        let name = name.to_owned();
        Ok(Self { name, dir })
    }

    /// Run cargo in the project; what it printed on stdout.
    pub fn cargo(&self, args: &[&str]) -> Result<String> {
        self.command(Command::new("cargo").args(args))
    }

    /// Run a command in the project, as its user would.
    pub fn command(&self, command: &mut Command) -> Result<String> {
        command.current_dir(&self.dir);
        command.env("RUSTDOCFLAGS", "-D warnings");
        // Set by the cargo that runs this test; they describe another package.
        for (key, _) in std::env::vars().filter(|(key, _)| key.starts_with("CARGO_PKG_")) {
            command.env_remove(key);
        }
        command.env_remove("CARGO_MANIFEST_DIR");
        run(command)
    }

    /// The program that `cargo build` made.
    pub fn server(&self) -> PathBuf {
        let file = format!("{}{}", self.name, std::env::consts::EXE_SUFFIX);
        generated().join("target/debug").join(file)
    }
}

/// Run to the end; stdout, or an error that holds everything there is to know.
pub fn run(command: &mut Command) -> Result<String> {
    let line = format!("{command:?}");
    let mut stdout = tempfile::tempfile()?;
    let mut stderr = tempfile::tempfile()?;
    command.stdin(Stdio::null());
    command
        .stdout(stdout.try_clone()?)
        .stderr(stderr.try_clone()?);
    let mut child = command.spawn().with_context(|| format!("start {line}"))?;
    let started = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if started.elapsed() > LIMIT {
            child.kill()?;
            bail!("{line} did not end within {LIMIT:?}");
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    let (stdout, stderr) = (read_back(&mut stdout)?, read_back(&mut stderr)?);
    ensure!(status.success(), "{line}: {status}\n{stdout}\n{stderr}");
    Ok(stdout)
}

fn read_back(file: &mut File) -> Result<String> {
    use std::io::Seek as _;
    file.rewind()?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// A tool that `.ci/tools` fetches; where it is missing, the error says why and what to run.
pub fn tool(name: &str, path: &str) -> Result<PathBuf> {
    let root = tools_folder();
    let found = root.join(name).join(path);
    if found.exists() {
        return Ok(found);
    }
    let reason = fs::read_to_string(root.join(format!("{name}.missing")))
        .unwrap_or_else(|_| "it was never fetched".to_owned());
    bail!(
        "the tool `{name}` is not there ({}): {reason}\nrun `.ci/tools`",
        found.display()
    );
}

/// Where `.ci/tools` puts what it fetches.
pub fn tools_folder() -> PathBuf {
    match std::env::var_os("CREATE_MCP_SERVER_TOOLS") {
        Some(root) => PathBuf::from(root),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tools"),
    }
}

/// A server process that ends with the value.
#[derive(Debug)]
pub struct Server {
    pub child: Child,
    pub url: String,
}

impl Server {
    /// Start `command`, which is to listen on `port`, and wait until it does.
    pub fn start(command: &mut Command, port: u16) -> Result<Self> {
        let log = generated().join("server.log");
        command.stdin(Stdio::null()).stdout(Stdio::null());
        command.stderr(File::create(&log)?);
        let child = command
            .spawn()
            .with_context(|| format!("start {command:?}"))?;
        let url = format!("http://127.0.0.1:{port}/mcp");
        let mut server = Self { child, url };
        let started = Instant::now();
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            if let Some(status) = server.child.try_wait()? {
                bail!(
                    "{command:?} ended early: {status}\n{}",
                    fs::read_to_string(&log)?
                );
            }
            ensure!(
                started.elapsed() < Duration::from_secs(60),
                "{command:?} does not listen"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(server)
    }
}

impl Server {
    /// The most memory that it has used so far, in KiB.
    #[cfg(target_os = "linux")]
    pub fn peak_memory(&self) -> Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let peak = peak.and_then(|peak| peak.trim().strip_suffix(" kB"));
        Ok(peak.context("a peak")?.parse()?)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may be gone already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A port that nobody listens on, outside of the range that systems give to clients: none of them takes it before a server does.
pub fn free_port() -> Result<u16> {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    // Several of these processes begin at different ports.
    let first = std::process::id().wrapping_mul(997);
    for _ in 0..1000 {
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let port = u16::try_from(12_000 + first.wrapping_add(count) % 18_000)?;
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return Ok(port);
        }
    }
    bail!("no port is free")
}
