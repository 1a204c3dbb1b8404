//! Scaffolds MCP server projects and proves that they work.

pub mod answers;
pub mod apply;
pub mod edit;
pub mod error;
pub mod name;
pub mod plan;
pub mod spec;
pub mod template;

/// Run the program with the process's arguments.
#[must_use]
pub fn main() -> std::process::ExitCode {
    std::process::ExitCode::SUCCESS
}
