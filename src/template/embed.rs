//! The templates inside the binary: the only user of `include_dir`.

use include_dir::{Dir, DirEntry, include_dir};

static TEMPLATES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/templates");

/// Every embedded file as (path below `templates/` with `/` between components, contents), in no particular order.
#[must_use]
pub fn files() -> Vec<(String, &'static [u8])> {
    let mut found = Vec::new();
    collect(&TEMPLATES, &mut found);
    found
}

fn collect(dir: &Dir<'static>, found: &mut Vec<(String, &'static [u8])>) {
    for entry in dir.entries() {
        match entry {
            DirEntry::Dir(dir) => collect(dir, found),
            DirEntry::File(file) => {
                let path = file.path().to_string_lossy().replace('\\', "/");
                found.push((path, file.contents()));
            }
        }
    }
}
