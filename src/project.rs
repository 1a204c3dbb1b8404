//! Projects on disk: where a new one may go, and finding and opening one that exists.

use std::{
    collections::BTreeMap,
    io,
    path::{Component, Path, PathBuf},
};

use anyhow::{Context as _, Result};

use crate::{
    answers::{self, PrimitiveRecord, Record, TemplateId},
    apply,
    error::Failure,
    name,
    owner::{self, Trust},
    plan::{Place, Plan, RelPath, hex, sha256},
    read,
    spec::ProjectSpec,
    template::{self, Template, compose, manifest::PrimitiveEntry},
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
    let manifest = template.manifest();
    let files = tree
        .iter()
        .filter(|(_, text)| !manifest.has_anchor(text))
        .map(|(path, text)| (path.clone(), hex(&sha256(text.as_bytes()))))
        .collect();
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
/// A usage failure when it goes up from a directory that does not exist.
pub fn absolute(path: &Path) -> Result<PathBuf> {
    if cfg!(windows) {
        // Before the system makes a device out of a reserved name.
        check_names(path)?;
    }
    let parts: Vec<_> = path.components().collect();
    let up = parts
        .iter()
        .rposition(|part| *part == Component::ParentDir)
        .filter(|_| !cfg!(windows));
    let full = match up {
        // Above a link lies the parent of what it leads to, except on Windows.
        Some(up) => parts[..=up]
            .iter()
            .collect::<PathBuf>()
            .canonicalize()
            .map(|above| above.join(parts[up + 1..].iter().collect::<PathBuf>())),
        None => std::path::absolute(path),
    };
    // The components leave out a slash at the end, which would follow a link.
    full.map(|full| full.components().collect())
        .map_err(|error| {
            Failure::usage(format!("cannot use `{}`: {error}", path.display()))
                .hint("give a directory that exists, or one to create in it")
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
    let nearest = root.ancestors().skip(1).find(|path| path.exists());
    match root.symlink_metadata() {
        // Windows calls what lies below a file missing.
        Err(error)
            if error.kind() == io::ErrorKind::NotFound && nearest.is_some_and(Path::is_file) =>
        {
            refuse("a file is in the way")
        }
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

/// The directory of the project that contains `start`.
///
/// # Errors
///
/// A usage failure when `start` does not exist, when there is no project, or when another user's is not trusted.
pub fn root_of(start: &Path, trust: &Trust) -> Result<PathBuf> {
    if !start.exists() {
        let problem = format!("`{}` does not exist", start.display());
        return Err(Failure::usage(problem)
            .hint(
                "give a project's directory; to `check` another server, put its command after `--`",
            )
            .into());
    }
    let start = absolute(start)?;
    let mut above = start.ancestors();
    // A run that was killed may have moved the answers file aside.
    let root =
        above.find(|path| path.join(answers::FILE_NAME).is_file() || apply::is_unfinished(path));
    let root = root.ok_or_else(|| {
        Failure::usage(format!(
            "`{}` is not inside a project of create-mcp-server",
            start.display()
        ))
        .hint("run it in a project's directory, or give the project's path")
    })?;
    owner::check(root, answers::FILE_NAME, trust)?;
    Ok(root.to_owned())
}

/// A project that this program made.
#[derive(Debug)]
pub struct Project {
    pub root: PathBuf,
    pub record: Record,
    /// What `add` and `remove` did since.
    pub changed: Vec<PrimitiveRecord>,
}

impl Project {
    /// Open the project that contains `start`: the nearest directory with an answers file.
    ///
    /// # Errors
    ///
    /// See [`root_of`]; also when its record cannot be read, as while another run changes the project.
    pub fn find(start: &Path, trust: &Trust) -> Result<Self> {
        let root = root_of(start, trust)?;
        let answers = root.join(answers::FILE_NAME);
        if !answers.exists() {
            let problem = format!("a run that changes `{}` has not finished", root.display());
            return Err(Failure::usage(problem)
                .hint("if it was killed, run its command again: that first undoes what it left behind")
                .into());
        }
        let record = Record::read(&answers)?;
        let changed = PrimitiveRecord::read_all(&root)?;
        Ok(Self {
            root,
            record,
            changed,
        })
    }

    /// The primitives that it has: those of its starter and those that were added, without what was taken out.
    #[must_use]
    pub fn primitives(&self) -> Vec<&PrimitiveEntry> {
        let replaced =
            |entry: &&PrimitiveEntry| !self.changed.iter().any(|it| it.primitive.is_same(entry));
        let of_starter = self.record.primitives.iter().filter(replaced);
        let added = self.changed.iter().filter(|it| !it.removed);
        let mut all: Vec<_> = of_starter.chain(added.map(|it| &it.primitive)).collect();
        all.sort_by(|a, b| (a.kind, &a.name).cmp(&(b.kind, &b.name)));
        all
    }

    /// Path → hash of every managed file.
    #[must_use]
    pub fn files(&self) -> BTreeMap<&str, &str> {
        let pairs = self.record.files.iter();
        let mut files: BTreeMap<&str, &str> =
            pairs.map(|(path, hash)| (&**path, &**hash)).collect();
        for record in &self.changed {
            for (path, hash) in &record.files {
                if record.removed {
                    files.remove(path.as_str());
                } else {
                    files.insert(path, hash);
                }
            }
        }
        files
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
        // A stranger's answers file may name anything: only files inside the project are read.
        let read = |path: &str| read::bytes(&RelPath::new(path).ok()?.below(&self.root)).ok()?;
        let differs = |path: &str, expected: &str| {
            read(path).is_none_or(|found| hex(&sha256(&found)) != expected)
        };
        let files = self.files();
        let drifted = files.iter().filter(|(path, hash)| differs(path, hash));
        drifted.count()
    }
}
