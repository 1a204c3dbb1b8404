//! One connection a request, straight over hyper, with TLS under it where the address asks for it.

use std::fmt;

use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};

#[cfg(feature = "tls")]
use super::super::tls;
use super::{super::text, Client, Trouble};

/// Redirects of one request.
const MAX_REDIRECTS: usize = 5;

impl Client {
    /// One request, which may name another host than the one it goes to. A redirect is followed where it stays on this
    /// origin and keeps the method.
    pub(in super::super) async fn exchange(
        &self,
        method: Method,
        headers: HeaderMap,
        body: Vec<u8>,
    ) -> std::result::Result<Response<Incoming>, Trouble> {
        let body = Bytes::from(body);
        let mut path = self.endpoint.path.clone();
        for _ in 0..MAX_REDIRECTS {
            let request = self.request(&method, &headers, &path, body.clone())?;
            let response = self.send(request).await?;
            let keeps = [
                StatusCode::TEMPORARY_REDIRECT,
                StatusCode::PERMANENT_REDIRECT,
            ];
            let next = response.headers().get(header::LOCATION);
            let next = next.and_then(|to| self.endpoint.on_this_origin(to.to_str().ok()?));
            match next.filter(|next| keeps.contains(&response.status()) && *next != path) {
                Some(next) => path = next,
                None => return Ok(response),
            }
        }
        let authority = self.endpoint.authority();
        Err(Trouble(format!("`{authority}`: too many redirects")))
    }

    fn request(
        &self,
        method: &Method,
        headers: &HeaderMap,
        path: &str,
        body: Bytes,
    ) -> std::result::Result<Request<Full<Bytes>>, Trouble> {
        let request = Request::builder().method(method).uri(path);
        let mut request = request
            .body(Full::new(body))
            .map_err(|error| self.failed(&error))?;
        for (name, value) in &self.endpoint.headers.0 {
            request.headers_mut().insert(name, value.clone());
        }
        if !headers.contains_key(header::HOST) {
            let host = HeaderValue::from_str(&self.endpoint.authority());
            let host = host.map_err(|error| self.failed(&error))?;
            request.headers_mut().insert(header::HOST, host);
        }
        request.headers_mut().extend(headers.clone());
        Ok(request)
    }

    fn failed(&self, error: &dyn fmt::Display) -> Trouble {
        let authority = self.endpoint.authority();
        let error = text::shown(&error.to_string(), text::REASON);
        Trouble(format!("`{authority}`: {error}"))
    }

    async fn send(
        &self,
        request: Request<Full<Bytes>>,
    ) -> std::result::Result<Response<Incoming>, Trouble> {
        let address = (self.endpoint.host.as_str(), self.endpoint.port);
        let stream = TcpStream::connect(address).await;
        let stream = stream.map_err(|error| self.failed(&error))?;
        stream
            .set_nodelay(true)
            .map_err(|error| self.failed(&error))?;
        #[cfg(feature = "tls")]
        if self.endpoint.secure {
            let connector = self
                .connector
                .get_or_init(|| tls::connector(&self.endpoint));
            let connector = connector.as_ref().map_err(|error| self.failed(error))?;
            let stream = tls::connect(connector, stream, &self.endpoint).await;
            return self
                .over(stream.map_err(|error| self.failed(&error))?, request)
                .await;
        }
        self.over(stream, request).await
    }

    async fn over(
        &self,
        stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
        request: Request<Full<Bytes>>,
    ) -> std::result::Result<Response<Incoming>, Trouble> {
        let opened = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await;
        let (mut sender, connection) = opened.map_err(|error| self.failed(&error))?;
        // Ends with the response's body, or with the runtime; its error comes back with the response.
        tokio::spawn(async move { drop(connection.await) });
        let response = sender.send_request(request).await;
        response.map_err(|error| self.failed(&error))
    }
}
