//! Everything that needs no build of a generated project: one test program, one module for each concern.

mod add;
mod budgets;
mod build;
mod check;
mod cli;
mod completions;
mod deploy;
mod faults;
mod golden;
mod hostile;
mod hosts;
mod interview;
mod kill;
mod merge;
mod output;
mod paths;
mod removal;
mod render;
mod rivals;
mod routing;
mod screens;
mod support;
mod template;
mod terminal;
mod trust;
mod workspaces;
