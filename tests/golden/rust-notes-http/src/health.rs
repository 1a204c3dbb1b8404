//! `--health-check`: asks the running server, for containers, whose image has no
//! other program that could.

use std::io::{self, Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

use crate::http::settings::HttpSettings;

/// How long the server may take to accept, and then to answer.
const PATIENCE: Duration = Duration::from_secs(2);

const REQUEST: &[u8] = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
const HEALTHY: &[u8] = b"HTTP/1.1 200 ";

/// Ask the server that runs with these settings on this machine.
///
/// # Errors
///
/// Fails when no server answers in time that all is well.
pub fn check(settings: &HttpSettings) -> io::Result<()> {
    let address = SocketAddr::new(reachable(settings.host), settings.port);
    ask(address).map_err(|error| {
        let text = format!("no healthy server at {address}: {error}");
        io::Error::new(error.kind(), text)
    })
}

fn ask(address: SocketAddr) -> io::Result<()> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.write_all(REQUEST)?;
    let mut answer = [0; 64];
    let length = stream.read(&mut answer)?;
    if answer[..length].starts_with(HEALTHY) {
        Ok(())
    } else {
        Err(io::Error::other("/healthz is not answered with 200"))
    }
}

/// Who listens on every address is asked at the loopback one.
fn reachable(host: IpAddr) -> IpAddr {
    match host {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => Ipv6Addr::LOCALHOST.into(),
        host => host,
    }
}
