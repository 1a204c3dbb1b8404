//! Projects on disk: where a new one may go, and finding and opening one that exists.

use std::{
    io,
    path::{Component, Path, PathBuf},
};

use anyhow::{Context as _, Result};

use crate::{
    answers::{self, Record, TemplateId},
    apply,
    error::Failure,
    name,
    plan::{Place, Plan, hex, sha256},
    spec::ProjectSpec,
    template::{self, Template, compose},
};

/// The plan that creates the project of `spec` at `root`, which is as `place` says.
///
/// # Errors
///
/// Fails when the template is broken.
pub fn plan_new(
    template: &Template<'_>,
    spec: &ProjectSpec,
    root: PathBuf,
    place: Place,
) -> Result<Plan> {
    let composed = compose::compose(template, spec)?;
    let mut tree = composed.tree;
    let files = tree
        .iter()
        .map(|(path, text)| (path.clone(), hex(&sha256(text.as_bytes()))))
        .collect();
    let manifest = template.manifest();
    let id = TemplateId {
        id: manifest.id.clone(),
        version: manifest.version,
    };
    let record = Record::new(id, spec.answers(&manifest.id), composed.primitives, files);
    tree.insert(answers::FILE_NAME.to_owned(), record.to_text()?);
    Plan::create(root, place, tree)
}

/// `path` without `.` and `..`, so that messages and checks do not depend on the working directory.
///
/// # Errors
///
/// A usage failure when it ends in dots and does not exist.
pub fn absolute(path: &Path) -> Result<PathBuf> {
    let ends_in_dots = !matches!(path.components().next_back(), Some(Component::Normal(_)));
    let full = if ends_in_dots {
        path.canonicalize()
    } else {
        std::path::absolute(path)
    };
    full.map_err(|error| {
        Failure::usage(format!("cannot use `{}`: {error}", path.display()))
            .hint("give a directory to create")
            .into()
    })
}

/// A directory as people see it: relative where it lies below the current one.
#[must_use]
pub fn shown(root: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    match root.strip_prefix(&here) {
        Ok(below) if !below.as_os_str().is_empty() => below.display().to_string(),
        _ => root.display().to_string(),
    }
}

/// Refuse a directory that cannot exist everywhere: what is not there yet must have a portable name.
fn check_names(root: &Path) -> Result<()> {
    let refuse = |problem: &str| {
        let shown = root.to_string_lossy();
        Failure::usage(format!(
            "cannot create `{}`: {problem}",
            shown.escape_debug()
        ))
        .hint("choose another directory; the project's name can be given with --name")
    };
    let missing = root.ancestors().skip(1).take_while(|path| !path.exists());
    for path in missing.chain([root]) {
        let Some(name) = path.file_name() else {
            continue;
        };
        let name = name
            .to_str()
            .ok_or_else(|| refuse("its name is not valid Unicode"))?;
        if let Some(problem) = name::unportable(name) {
            return Err(refuse(&format!("`{}` {problem}", name.escape_debug())).into());
        }
    }
    Ok(())
}

/// Refuse a directory for a new project unless nothing would be lost: absent, or empty but for `.git`.
///
/// # Errors
///
/// A usage failure that says what is in the way.
pub fn check_target(root: &Path) -> Result<Place> {
    let shown = root.display();
    check_names(root)?;
    let refuse = |problem: &str| {
        Err(Failure::usage(format!("cannot create `{shown}`: {problem}"))
            .hint("nothing was written; choose another directory, or move what is there out of the way")
            .into())
    };
    match root.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Place::New),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            refuse("a file is in the way")
        }
        Err(error) => Err(error).with_context(|| format!("cannot look at `{shown}`")),
        Ok(found) if found.is_symlink() => refuse("it is a symbolic link"),
        Ok(found) if !found.is_dir() => refuse("a file is in the way"),
        Ok(_) => {
            let entries = root
                .read_dir()
                .with_context(|| format!("cannot look into `{shown}`"))?;
            for entry in entries {
                let entry = entry.with_context(|| format!("cannot look into `{shown}`"))?;
                let name = entry.file_name();
                if name != ".git" && !apply::is_stage(&name) {
                    let name = name.to_string_lossy();
                    return refuse(&format!(
                        "the directory is not empty (it has `{}`)",
                        name.escape_debug()
                    ));
                }
            }
            Ok(Place::Existing)
        }
    }
}

/// A project that this program made.
#[derive(Debug)]
pub struct Project {
    pub root: PathBuf,
    pub record: Record,
}

impl Project {
    /// Open the project that `start` lies in: the nearest directory with an answers file.
    ///
    /// # Errors
    ///
    /// A usage failure when there is none, or when its answers file cannot be read.
    pub fn find(start: &Path) -> Result<Self> {
        let start = std::path::absolute(start)
            .with_context(|| format!("cannot look at `{}`", start.display()))?;
        if !start.exists() {
            // The project around it is not what was meant.
            return Err(
                Failure::usage(format!("`{}` does not exist", start.display()))
                    .hint("give the path of a project")
                    .into(),
            );
        }
        let root = start
            .ancestors()
            .find(|path| path.join(answers::FILE_NAME).is_file())
            .ok_or_else(|| {
                Failure::usage(format!(
                    "`{}` is not inside a project of create-mcp-server",
                    start.display()
                ))
                .hint("run it in a project's directory, or give the project's path")
            })?;
        Ok(Self {
            root: root.to_owned(),
            record: Record::read(&root.join(answers::FILE_NAME))?,
        })
    }

    /// The template of this project's language, and its spec.
    ///
    /// # Errors
    ///
    /// A usage failure when this program does not have the template, or the answers are not valid for it.
    pub fn resolve<'a, 'b>(
        &self,
        templates: &'a [Template<'b>],
    ) -> Result<(&'a Template<'b>, ProjectSpec)> {
        let id = &self.record.template.id;
        let template = template::find(templates, id)?;
        let spec = ProjectSpec::new(&self.record.answers, template)?;
        Ok((template, spec))
    }

    /// How many managed files are not as they were rendered; deleted ones count.
    #[must_use]
    pub fn drifted(&self) -> usize {
        let differs = |path: &str, expected: &str| {
            std::fs::read(self.root.join(path))
                .map_or(true, |found| hex(&sha256(&found)) != expected)
        };
        self.record
            .files
            .iter()
            .filter(|(path, hash)| differs(path, hash))
            .count()
    }
}
