//! Opens a session in one era, and knows what each era may agree on.

use rmcp::{
    RoleClient,
    model::{
        ClientCapabilities, ClientConfig, ClientJsonRpcMessage, ClientRequest, DiscoverRequest,
        DiscoverRequestParams, GetExtensions, Implementation, InitializeRequest, NumberOrString,
        ProtocolVersion, RequestMetaObject,
    },
    service::{ClientLifecycleMode, ClientServiceExt, RunningService},
    transport::IntoTransport,
};

use super::{
    answers::{Answers, Handler},
    explain::explain_opening,
    report::Era,
    text,
};

/// An open session.
pub(super) type Connection = RunningService<RoleClient, Handler>;

/// Open a session over this transport, in this era or in the newer that the server knows.
pub(super) async fn open<T, E, A>(
    transport: T,
    era: Option<Era>,
    answers: &Answers,
) -> Result<Connection, String>
where
    T: IntoTransport<RoleClient, E, A>,
    E: std::error::Error + Send + Sync + 'static,
{
    let handler = Handler {
        config: client_config(answers),
        answers: answers.clone(),
    };
    let opening = handler.serve_with_lifecycle(transport, lifecycle(era));
    let connection = opening.await.map_err(explain_opening)?;
    check_version(&connection, era)?;
    Ok(connection)
}

fn client_config(answers: &Answers) -> ClientConfig {
    let client = Implementation::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"));
    let capabilities: ClientCapabilities =
        serde_json::from_value(answers.capabilities()).unwrap_or_default();
    ClientConfig::new(capabilities, client)
        .with_protocol_version(ProtocolVersion::LATEST_WITH_INITIALIZE)
}

fn lifecycle(era: Option<Era>) -> ClientLifecycleMode {
    let preferred_versions = vec![ProtocolVersion::V_2026_07_28];
    match era {
        Some(Era::Discover) => ClientLifecycleMode::Discover { preferred_versions },
        Some(Era::Initialize) => ClientLifecycleMode::Initialize,
        None => ClientLifecycleMode::Auto {
            preferred_versions,
            legacy_version: None,
        },
    }
}

/// The request that opens a session, to send by hand.
pub(super) fn opening_request(era: Era) -> ClientJsonRpcMessage {
    let config = client_config(&Answers::default());
    let request = match era {
        Era::Discover => {
            let mut discover = DiscoverRequest::new(DiscoverRequestParams {});
            discover
                .extensions_mut()
                .insert(RequestMetaObject::with_client_context(
                    ProtocolVersion::V_2026_07_28,
                    config.client_info,
                    config.capabilities,
                ));
            ClientRequest::DiscoverRequest(discover)
        }
        Era::Initialize => ClientRequest::InitializeRequest(InitializeRequest::new(config)),
    };
    ClientJsonRpcMessage::request(request, NumberOrString::Number(0))
}

/// The agreed version, which must be one that this era can have.
fn check_version(connection: &Connection, era: Option<Era>) -> Result<(), String> {
    let info = connection
        .peer_info()
        .ok_or("the server did not introduce itself")?;
    let version = &info.protocol_version;
    let shown = text::shown(version.as_str(), text::LINE);
    if !ProtocolVersion::KNOWN_VERSIONS.contains(version) {
        return Err(format!(
            "the server chose protocol version `{shown}`, which does not exist"
        ));
    }
    if era == Some(Era::Initialize) && !version.has_initialize() {
        return Err(format!(
            "the server answered `initialize` with version `{shown}`, which has no `initialize`"
        ));
    }
    Ok(())
}
