//! The server as a library: `main.rs` starts it, and tests drive it in process.

pub mod arguments;
pub mod bounds;
pub mod calls;
pub mod config;
pub mod error;
pub mod log_writer;
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
