//! The server as a library: `main.rs` starts it, and tests drive it in process.

pub mod arguments;
pub mod bounds;
pub mod calls;
pub mod catalog;
pub mod completion;
pub mod config;
pub mod database;
pub mod error;
pub mod http;
pub mod log_writer;
pub mod orders;
pub mod pagination;
pub mod progress;
pub mod prompts;
pub mod query;
pub mod resources;
pub mod server;
pub mod shutdown;
pub mod stdio;
pub mod telemetry;
pub mod tools;

#[cfg(test)]
mod testing;

pub use server::McpServer;
