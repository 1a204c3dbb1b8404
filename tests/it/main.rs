//! Everything that needs no build of a generated project: one test program, one module for each concern.

mod faults;
mod support;
