//! Says in words what the SDK's errors mean for someone who writes a server. Pure.

use std::fmt::Display;

use rmcp::{ServiceError, service::ClientInitializeError};

use super::text;

/// Why a request failed, in words.
pub(super) fn explain(error: ServiceError) -> String {
    match error {
        ServiceError::McpError(error) => explain_answer(error.code.0, &error.message),
        ServiceError::TransportSend(error) => plain(&error.error),
        ServiceError::TransportClosed => "the server closed the connection".to_owned(),
        ServiceError::UnexpectedResponse => {
            "the result does not have the shape that the method asks for".to_owned()
        }
        other => plain(&other),
    }
}

fn explain_answer(code: i32, message: &str) -> String {
    format!(
        "it answered with error {code}: {}",
        text::shown(message, text::LINE)
    )
}

fn plain(error: &dyn Display) -> String {
    text::shown(&error.to_string(), text::REASON)
}

/// Why a session did not open, in words.
pub(super) fn explain_opening(error: ClientInitializeError) -> String {
    match error {
        ClientInitializeError::ConnectionClosed(_) => "the server closed the connection".to_owned(),
        ClientInitializeError::JsonRpcError(error) => explain_answer(error.code.0, &error.message),
        ClientInitializeError::TransportError { error, .. } => plain(&error.error),
        ClientInitializeError::NoCompatibleProtocolVersion {
            server_supported, ..
        } => {
            let versions: Vec<_> = server_supported
                .iter()
                .take(10)
                .map(|version| text::shown(version.as_str(), 40))
                .collect();
            format!(
                "the server supports no version of this era, only: {}",
                versions.join(", ")
            )
        }
        ClientInitializeError::ExpectedInitResult(_) => {
            "the result does not have the shape that the method asks for".to_owned()
        }
        other => plain(&other),
    }
}
