//! Scaffolds MCP server projects and proves that they work.

pub mod error;

/// Run the program with the process's arguments.
#[must_use]
pub fn main() -> std::process::ExitCode {
    std::process::ExitCode::SUCCESS
}
