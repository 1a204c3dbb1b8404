//! `--health-check`: an image without a shell has nothing else to ask with.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

use crate::runtime::http::HttpSettings;

/// Fails unless the server with these settings answers.
pub fn check(settings: &HttpSettings) -> anyhow::Result<()> {
    let address = (Ipv4Addr::LOCALHOST, settings.port);
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    stream.write_all(b"GET /healthz HTTP/1.0\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    anyhow::ensure!(answer.starts_with("HTTP/1.0 200"), "the server is not well");
    Ok(())
}
