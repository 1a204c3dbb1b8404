//! TLS for `https://`: the system's roots, or those in a file of the user.

use std::{io, sync::Arc};

use tokio::net::TcpStream;
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{
        CertificateError, ClientConfig, Error, RootCertStore,
        pki_types::{CertificateDer, ServerName, pem::PemObject as _},
    },
};

use super::{endpoint::Endpoint, text};

/// Who a server may be certified by.
pub(super) fn connector(endpoint: &Endpoint) -> Result<TlsConnector, String> {
    let mut roots = RootCertStore::empty();
    if let Some(path) = &endpoint.ca {
        let failed = |error: &dyn std::fmt::Display| {
            format!("`{}` holds no usable certificate: {error}", path.display())
        };
        let certificates = CertificateDer::pem_file_iter(path).map_err(|error| failed(&error))?;
        for certificate in certificates {
            let certificate = certificate.map_err(|error| failed(&error))?;
            roots.add(certificate).map_err(|error| failed(&error))?;
        }
        if roots.is_empty() {
            return Err(failed(&"there is none"));
        }
    } else {
        let found = rustls_native_certs::load_native_certs();
        roots.add_parsable_certificates(found.certs);
    }
    if roots.is_empty() {
        return Err(
            "there is no root certificate on this machine; name a file with `--ca FILE`".to_owned(),
        );
    }
    let config = ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

/// Wrap a connection.
pub(super) async fn connect(
    connector: &TlsConnector,
    stream: TcpStream,
    endpoint: &Endpoint,
) -> Result<TlsStream<TcpStream>, String> {
    let shown = |error: &dyn std::fmt::Display| text::shown(&error.to_string(), text::REASON);
    let name = ServerName::try_from(endpoint.host.clone()).map_err(|error| shown(&error))?;
    let stream = connector.connect(name, stream).await;
    stream.map_err(|error| format!("{}{}", shown(&error), advice(&error)))
}

/// Such a server answers with what is no TLS, or hangs up.
const PLAIN: &str = "; does it speak plain `http://`?";

/// What helps.
fn advice(error: &io::Error) -> &'static str {
    let inner = error.get_ref().and_then(|it| it.downcast_ref());
    match inner {
        Some(Error::InvalidCertificate(CertificateError::UnknownIssuer)) => {
            "; name who certified it with `--ca FILE`"
        }
        Some(Error::InvalidMessage(_)) => PLAIN,
        None if error.kind() == io::ErrorKind::UnexpectedEof => PLAIN,
        _ => "",
    }
}
