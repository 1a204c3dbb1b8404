//! The server as a library: `main.rs` starts it, and tests drive it in process.

pub mod arguments;
pub mod bounds;
pub mod calls;
pub mod changes;
pub mod completion;
pub mod config;
pub mod end_of_input;
pub mod error;
pub mod http;
pub mod log_writer;
pub mod notes;
pub mod pagination;
pub mod prompts;
pub mod resources;
pub mod server;
pub mod shutdown;
pub mod stdio;
pub mod telemetry;
pub mod tools;

#[cfg(test)]
mod testing;

pub use server::McpServer;
