//! The templates inside the binary: the only user of `include_dir`.
//!
//! A debug build reads them from the working tree it was built in, so that an edit of a template compiles nothing anew.

#[cfg(not(debug_assertions))]
pub use embedded::files;
#[cfg(debug_assertions)]
pub use on_disk::files;

#[cfg(not(debug_assertions))]
mod embedded {
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
}

#[cfg(debug_assertions)]
mod on_disk {
    use std::path::Path;
    use std::sync::OnceLock;
    use std::{fs, io};

    const TEMPLATES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/templates");

    /// Every file as (path below `templates/` with `/` between components, contents), in no particular order.
    ///
    /// # Panics
    ///
    /// When the working tree that this debug build was made in is gone.
    #[must_use]
    pub fn files() -> Vec<(String, &'static [u8])> {
        static READ: OnceLock<Vec<(String, Vec<u8>)>> = OnceLock::new();
        let read = READ.get_or_init(|| {
            let mut found = Vec::new();
            collect(Path::new(TEMPLATES), "", &mut found).expect(TEMPLATES);
            found
        });
        let files = read.iter();
        files
            .map(|(path, text)| (path.clone(), text.as_slice()))
            .collect()
    }

    fn collect(dir: &Path, below: &str, found: &mut Vec<(String, Vec<u8>)>) -> io::Result<()> {
        for entry in fs::read_dir(dir)? {
            let entry = entry?;
            let path = format!("{below}{}", entry.file_name().to_string_lossy());
            if entry.file_type()?.is_dir() {
                collect(&entry.path(), &format!("{path}/"), found)?;
            } else {
                found.push((path, fs::read(entry.path())?));
            }
        }
        Ok(())
    }
}
