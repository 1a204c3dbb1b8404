//! One of several servers, each with an address of its own on the loopback interface.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddrV4, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};

use crate::support::{free_port, run};

pub struct Replica {
    child: Child,
    pub address: SocketAddrV4,
    log: PathBuf,
}

impl Replica {
    /// Start `server` as the `number`th replica, and wait until it listens. Its settings are those of the manifests, but for
    /// addresses.
    pub fn start(
        server: &Command,
        dir: &Path,
        number: u8,
        settings: &BTreeMap<String, String>,
    ) -> Result<Self> {
        let address = SocketAddrV4::new(Ipv4Addr::new(127, 0, 0, number), free_port()?);
        let log = dir.join(format!("replica-{number}.log"));
        let mut command = Command::new(server.get_program());
        command.args(server.get_args());
        command.env_clear().envs(settings);
        command.env("MCP_HOST", address.ip().to_string());
        command.env("MCP_PORT", address.port().to_string());
        command.stdin(Stdio::null()).stdout(Stdio::null());
        command.stderr(File::create(&log)?);
        let child = command.spawn().context("start a replica")?;
        let mut replica = Self {
            child,
            address,
            log,
        };
        let started = Instant::now();
        while TcpStream::connect(address).is_err() {
            if let Some(status) = replica.child.try_wait()? {
                bail!("a replica ended early: {status}\n{}", replica.log()?);
            }
            ensure!(
                started.elapsed() < Duration::from_secs(60),
                "a replica does not listen"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(replica)
    }

    pub fn log(&self) -> Result<String> {
        Ok(fs::read_to_string(&self.log)?)
    }

    /// Gone at once, with all that it was doing: the system takes a moment, in which it still accepts.
    pub fn kill(&mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Told to stop, as a service manager does; how it ended.
    pub fn stop(&mut self) -> Result<ExitStatus> {
        run(Command::new("kill").arg(self.child.id().to_string()))?;
        Ok(self.child.wait()?)
    }
}

impl Drop for Replica {
    fn drop(&mut self) {
        // It may be gone already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
