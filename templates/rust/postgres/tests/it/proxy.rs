//! Stands between the program and the database, and can be cut or made to hang.

use std::net::SocketAddr;
use std::str::FromStr as _;
use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_postgres::Config;
use tokio_postgres::config::Host;

use crate::support::SOON;

pub struct Proxy {
    address: SocketAddr,
    database: Config,
    flows: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

impl Proxy {
    pub async fn start(url: &str) -> Self {
        let database = Config::from_str(url).unwrap();
        let mut proxy = Self {
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            database,
            flows: watch::Sender::new(true),
            tasks: JoinSet::new(),
        };
        proxy.mend().await;
        proxy
    }

    /// The address of the database, as it is reached through here.
    pub fn url(&self) -> String {
        let encode = |text: &[u8]| {
            let text = String::from_utf8(text.to_vec()).unwrap();
            utf8_percent_encode(&text, NON_ALPHANUMERIC).to_string()
        };
        let user = self.database.get_user().unwrap();
        format!(
            "postgres://{}:{}@{}/{}?options={}",
            encode(user.as_bytes()),
            encode(self.database.get_password().unwrap_or_default()),
            self.address,
            encode(self.database.get_dbname().unwrap_or(user).as_bytes()),
            encode(self.database.get_options().unwrap().as_bytes())
        )
    }

    /// Close every connection, and let no new one in.
    pub async fn cut(&mut self) {
        self.tasks.shutdown().await;
    }

    /// Let connections in again.
    pub async fn mend(&mut self) {
        let listener = timeout(SOON, listen(self.address)).await.unwrap();
        self.address = listener.local_addr().unwrap();
        let target = self.target();
        let flows = self.flows.clone();
        self.tasks.spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (client, _) = listener.accept().await.unwrap();
                let server = TcpStream::connect(target.clone()).await.unwrap();
                let (client_reader, client_writer) = client.into_split();
                let (server_reader, server_writer) = server.into_split();
                connections.spawn(forward(client_reader, server_writer, flows.subscribe()));
                connections.spawn(forward(server_reader, client_writer, flows.subscribe()));
            }
        });
    }

    /// Whether what is sent arrives, on connections that stay open.
    pub fn flow(&self, flows: bool) {
        self.flows.send_replace(flows);
    }

    fn target(&self) -> (String, u16) {
        let Some(Host::Tcp(host)) = self.database.get_hosts().first() else {
            panic!("TEST_DATABASE_URL must name a host");
        };
        let port = self.database.get_ports().first();
        (host.clone(), port.copied().unwrap_or(5432))
    }
}

/// Wait while another program has the port, as may be for a moment.
async fn listen(address: SocketAddr) -> TcpListener {
    loop {
        match TcpListener::bind(address).await {
            Ok(listener) => return listener,
            Err(_) => sleep(Duration::from_millis(10)).await,
        }
    }
}

async fn forward(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut flows: watch::Receiver<bool>,
) {
    let mut buffer = [0; 4096];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        let flowing = flows.wait_for(|flows| *flows).await.is_ok();
        if !flowing || to.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
}
