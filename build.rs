//! Rebuilds the crate when a template file is added, changed or removed, which `include_dir!` alone does not notice.

fn main() {
    println!("cargo::rerun-if-changed=templates");
}
