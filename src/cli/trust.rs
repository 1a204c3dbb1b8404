//! The flag that lets a verb run what another user wrote.

use clap::Args;

/// Whether a project of another user is worked on.
#[derive(Debug, Clone, Args)]
pub struct TrustArgs {
    /// Work on the project even though it belongs to another user
    #[arg(long, help_heading = "Actions")]
    pub trust: bool,
}
