//! Rebuilds a release when a template file is added, changed or removed, which `include_dir!` alone does not notice. A debug build
//! reads them when it runs.

fn main() {
    let release = std::env::var("PROFILE").is_ok_and(|profile| profile == "release");
    println!(
        "cargo::rerun-if-changed={}",
        if release { "templates" } else { "build.rs" }
    );
}
