//! Directory trees as values, so that two states of the disk can be compared.

use std::{collections::BTreeMap, fs, path::Path};

/// What is at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    Directory,
    File(Vec<u8>),
    Link(std::path::PathBuf),
}

/// Everything below `root`: path with `/` between its parts → what is there.
pub fn read(root: &Path) -> BTreeMap<String, Node> {
    let mut found = BTreeMap::new();
    walk(root, "", &mut found);
    found
}

/// The files below `root` as text, without directories.
pub fn texts(root: &Path) -> BTreeMap<String, String> {
    read(root)
        .into_iter()
        .filter_map(|(path, node)| match node {
            Node::File(contents) => Some((
                path,
                String::from_utf8(contents).expect("generated files are text"),
            )),
            _ => None,
        })
        .collect()
}

/// Create the files of `tree` below `root`.
pub fn write(root: &Path, tree: &BTreeMap<String, String>) {
    for (path, text) in tree {
        let path = root.join(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("create directories");
        fs::write(path, text).expect("write a file");
    }
}

fn walk(root: &Path, prefix: &str, found: &mut BTreeMap<String, Node>) {
    for entry in fs::read_dir(root).expect("readable directory") {
        let entry = entry.expect("readable entry");
        let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
        let kind = entry.file_type().expect("file type");
        if kind.is_symlink() {
            found.insert(
                path,
                Node::Link(fs::read_link(entry.path()).expect("link target")),
            );
        } else if kind.is_dir() {
            walk(&entry.path(), &format!("{path}/"), found);
            found.insert(path, Node::Directory);
        } else {
            found.insert(
                path,
                Node::File(fs::read(entry.path()).expect("readable file")),
            );
        }
    }
}
