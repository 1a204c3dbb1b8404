//! `DATABASE_URL`: where the database is, and how the way there is protected.

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::{env, fmt};

use percent_encoding::percent_decode_str;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres_rustls::MakeRustlsConnect;

const VARIABLE: &str = "DATABASE_URL";

#[derive(Clone)]
pub struct DatabaseUrl {
    pub config: Config,
    pub tls: MakeRustlsConnect,
}

/// Neither the password nor anything else of it.
impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DatabaseUrl")
    }
}

impl DatabaseUrl {
    pub fn from_environment() -> Result<Self, String> {
        let url = env::var(VARIABLE).unwrap_or_default();
        url.parse().map_err(|why| format!("{VARIABLE} {why}"))
    }
}

impl FromStr for DatabaseUrl {
    type Err = String;

    fn from_str(url: &str) -> Result<Self, String> {
        if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            return Err("must be postgres://USER:PASSWORD@HOST/DATABASE".to_owned());
        }
        let Parameters { url, mode, roots } = Parameters::take(url)?;
        let mut config = Config::from_str(&url).map_err(|error| {
            let cause = error.into_source().map(|cause| format!(": {cause}"));
            format!("is not valid{}", cause.unwrap_or_default())
        })?;
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            return Err("names no host".to_owned());
        }
        let encrypted = match mode.as_deref() {
            None => !is_local(&config),
            Some("disable") => false,
            Some("require" | "verify-ca" | "verify-full") => true,
            Some(_) => {
                return Err(
                    "has an `sslmode` other than disable, require, verify-ca and \
                            verify-full, all but the first of which verify the certificate \
                            and its name"
                        .to_owned(),
                );
            }
        };
        let roots = if encrypted {
            config.ssl_mode(SslMode::Require);
            trusted(roots)?
        } else {
            config.ssl_mode(SslMode::Disable);
            RootCertStore::empty()
        };
        let tls = tls(roots).map_err(|error| error.to_string())?;
        Ok(Self { config, tls })
    }
}

/// Those that the driver does not know as others do, and the URL without them.
struct Parameters {
    url: String,
    mode: Option<String>,
    roots: Option<PathBuf>,
}

impl Parameters {
    fn take(url: &str) -> Result<Self, String> {
        // A password may hold a question mark.
        let host = url.find('@').unwrap_or_default();
        let start = url[host..].find('?').map_or(url.len(), |it| host + it);
        let (base, query) = url.split_at(start);
        let (mut mode, mut roots, mut others) = (None, None, Vec::new());
        for pair in query.trim_start_matches('?').split('&') {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            let value = percent_decode_str(value).decode_utf8();
            let value = value.map_err(|_| format!("has a `{key}` that is not valid UTF-8"));
            match key {
                "sslmode" => mode = Some(value?.into_owned()),
                "sslrootcert" => roots = Some(PathBuf::from(value?.as_ref())),
                _ => others.push(pair),
            }
        }
        let url = format!("{base}?{}", others.join("&"));
        Ok(Self { url, mode, roots })
    }
}

/// Whether nothing that is sent leaves this machine.
fn is_local(config: &Config) -> bool {
    let hosts = config.get_hosts().iter().all(|host| match host {
        #[cfg(unix)]
        Host::Unix(_) => true,
        Host::Tcp(name) => {
            let address = name.parse::<std::net::IpAddr>();
            name == "localhost" || address.is_ok_and(|it| it.is_loopback())
        }
    });
    hosts
        && config
            .get_hostaddrs()
            .iter()
            .all(std::net::IpAddr::is_loopback)
}

/// The authorities of `sslrootcert`, or those that this machine trusts.
fn trusted(file: Option<PathBuf>) -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    if let Some(path) = file {
        let unusable = || "has an `sslrootcert` that is no file of PEM certificates".to_owned();
        for certificate in CertificateDer::pem_file_iter(path).map_err(|_| unusable())? {
            let certificate = certificate.map_err(|_| unusable())?;
            roots.add(certificate).map_err(|_| unusable())?;
        }
        if roots.is_empty() {
            return Err(unusable());
        }
    } else {
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if roots.is_empty() {
            return Err(
                "asks for TLS, and this machine trusts no certificate authority: name \
                        a file of them in `sslrootcert`"
                    .to_owned(),
            );
        }
    }
    Ok(roots)
}

fn tls(roots: RootCertStore) -> Result<MakeRustlsConnect, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(url: &str) -> SslMode {
        url.parse::<DatabaseUrl>().unwrap().config.get_ssl_mode()
    }

    fn why(url: &str) -> String {
        url.parse::<DatabaseUrl>().unwrap_err()
    }

    #[test]
    fn only_this_machine_is_reached_without_tls_unless_it_is_asked_for() {
        for url in [
            "postgres://u:p@localhost/db",
            "postgresql://u@127.0.0.1:5433,[::1]/db",
            "postgres://u@%2Fvar%2Frun%2Fpostgresql/db",
            "postgres://u@db.example/db?sslmode=disable",
        ] {
            assert_eq!(mode(url), SslMode::Disable, "{url}");
        }
        for url in [
            "postgres://u@db.example/db",
            "postgres://u@localhost,db.example/db",
            "postgres://u@localhost/db?hostaddr=192.0.2.1",
            "postgres://u@localhost/db?sslmode=require",
            "postgres://u@localhost/db?application_name=a&sslmode=verify-full",
        ] {
            assert_eq!(mode(url), SslMode::Require, "{url}");
        }
    }

    #[test]
    fn tls_that_could_fall_back_to_none_is_refused() {
        for mode in ["prefer", "allow", "", "Require"] {
            let why = why(&format!("postgres://u@db.example/db?sslmode={mode}"));
            assert!(why.contains("sslmode"), "{why}");
        }
    }

    #[test]
    fn a_refusal_says_what_is_wrong_and_nothing_of_the_rest() {
        for (url, word) in [
            ("mysql://u:secret@db.example/db", "postgres://"),
            ("postgres://u:secret@/db", "host"),
            ("postgres://u:secret@db.example:port/db", "port"),
            ("postgres://u:secret@db.example/db?sslkey=k", "sslkey"),
            (
                "postgres://u:secret@db.example/db?sslrootcert=none.pem",
                "sslrootcert",
            ),
        ] {
            let why = why(url);
            assert!(why.contains(word), "{why}");
            assert!(
                !why.contains("secret") && !why.contains("db.example"),
                "{why}"
            );
        }
        let url: DatabaseUrl = "postgres://u:secret@localhost/db".parse().unwrap();
        assert_eq!(format!("{url:?}"), "DatabaseUrl");
    }
}
