//! The versions that generated projects are tested with. They are committed in `tests/locks`, so that no release of a package can
//! change what a test says.
//!
//! `.ci/locks` runs these tests with `UPDATE_LOCKS`: they then resolve everything anew, and write what depends on it. With
//! `LATEST`, projects get what the registries serve today, as their users do.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use anyhow::{Context as _, Result, anyhow, ensure};
use create_mcp_server::template;
use libtest_mimic::Trial;
use toml_edit::{DocumentMut, Item};

use crate::combos;
use crate::language::Language;
use crate::python;
use crate::support::{generated, run};
use crate::trial;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

pub fn trials() -> Vec<Trial> {
    let trials = Language::ALL.map(|language| {
        let name = format!("locks::{language}_versions_are_those_that_every_combination_needs");
        trial(name, move || are_needed(language))
    });
    let name = "locks::a_release_a_new_dependency_and_a_yank_change_nothing".to_owned();
    let moving = trial(name, a_registry_that_moves_changes_nothing);
    trials.into_iter().chain([moving]).collect()
}

/// Whether projects get the newest versions there are.
pub fn latest() -> bool {
    std::env::var_os("LATEST").is_some()
}

fn updating() -> bool {
    std::env::var_os("UPDATE_LOCKS").is_some()
}

/// A file of `tests/locks`.
pub fn path(name: &str) -> PathBuf {
    Path::new(ROOT).join("tests/locks").join(name)
}

/// Give a new project the committed versions; its package manager takes out what it does not need. Python's come from
/// [`python::packages`].
pub fn give(project: &Path) -> Result<()> {
    if !latest() && project.join("Cargo.toml").exists() {
        static FETCHED: OnceLock<Result<(), String>> = OnceLock::new();
        let fetched = FETCHED.get_or_init(|| fetch_crates().map_err(|error| format!("{error:#}")));
        fetched.clone().map_err(|error| anyhow!("{error}"))?;
        fs::copy(path("Cargo.lock"), project.join("Cargo.lock"))?;
    }
    Ok(())
}

/// A registry made for this: `pinned` was yanked, its next release brings a crate that was not there before.
fn a_registry_that_moves_changes_nothing() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let write = |path: &str, text: &str| -> Result<()> {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().context("a parent")?)?;
        Ok(fs::write(path, text)?)
    };
    let checksum = "0".repeat(64);
    let release = |name: &str, version: &str, deps: &str, yanked: bool| {
        format!(
            r#"{{"name":"{name}","vers":"{version}","deps":[{deps}],"cksum":"{checksum}","features":{{}},"yanked":{yanked}}}"#
        )
    };
    let needs = r#"{"name":"newcomer","req":"^1","features":[],"optional":false,"default_features":true,"target":null,"kind":"normal"}"#;
    let releases = [
        release("pinned", "1.0.0", "", true),
        release("pinned", "1.0.1", "", false),
        release("pinned", "1.1.0", needs, false),
    ];
    write("registry/index/pi/nn/pinned", &releases.join("\n"))?;
    let newcomer = release("newcomer", "1.0.0", "", false);
    write("registry/index/ne/wc/newcomer", &newcomer)?;
    let config = "[source.crates-io]\nreplace-with = \"made\"\n[source.made]\nlocal-registry = \"registry\"\n";
    write(".cargo/config.toml", config)?;
    let package = "[package]\nname = \"project\"\nversion = \"0.1.0\"\nedition = \"2024\"\n";
    write(
        "project/Cargo.toml",
        &format!("{package}[dependencies]\npinned = \"1\"\n"),
    )?;
    write("project/src/lib.rs", "")?;
    // As in `tests/locks`: without the project, and with a package that it does not need.
    let source = "registry+https://github.com/rust-lang/crates.io-index";
    let locked = |name: &str| {
        format!(
            "[[package]]\nname = \"{name}\"\nversion = \"1.0.0\"\nsource = \"{source}\"\nchecksum = \"{checksum}\"\n"
        )
    };
    let lock = format!("version = 4\n\n{}\n{}", locked("other"), locked("pinned"));
    write("project/Cargo.lock", &lock)?;
    let mut update = Command::new("cargo");
    update.args(["update", "--workspace", "--quiet"]);
    run(update.current_dir(folder.path().join("project")))?;
    let versions = crate_versions(&fs::read_to_string(
        folder.path().join("project/Cargo.lock"),
    )?)?;
    let expected = [("pinned", "1.0.0"), ("project", "0.1.0")];
    let expected = expected.map(|(name, version)| (name.to_owned(), [version.to_owned()].into()));
    ensure!(versions == expected.into(), "{versions:?}");
    Ok(())
}

fn are_needed(language: Language) -> Result<()> {
    match language {
        Language::Rust => crates_are_needed(),
        Language::Python => packages_are_needed(),
    }
}

fn crates_are_needed() -> Result<()> {
    if updating() {
        let file = path("Cargo.lock");
        let before = fs::read_to_string(&file).unwrap_or_default();
        let folder = workspace()?;
        let after = without_members(&cargo_resolves(&folder)?)?;
        fs::write(&file, &after)?;
        moved(&crate_versions(&before)?, &crate_versions(&after)?);
        return write_what_depends(Language::Rust, &crate_versions(&after)?, &BTreeSet::new());
    }
    fetch_crates()
}

/// Download the crates of the committed lock: the only time that a registry is asked.
fn fetch_crates() -> Result<()> {
    let folder = workspace()?;
    let committed = fs::read_to_string(path("Cargo.lock"))?;
    fs::write(folder.join("Cargo.lock"), &committed)?;
    let resolved = without_members(&cargo_resolves(&folder)?)?;
    ensure!(
        crate_versions(&resolved)? == crate_versions(&committed)?,
        "tests/locks/Cargo.lock does not fit the templates: run `.ci/locks`\n{}",
        diffy::create_patch(&committed, &resolved)
    );
    Ok(())
}

/// Resolve and download; the text of the lock file.
fn cargo_resolves(folder: &Path) -> Result<String> {
    let mut fetch = Command::new("cargo");
    fetch.args(["fetch", "--quiet", "--config", "net.offline=false"]);
    run(fetch.current_dir(folder))?;
    Ok(fs::read_to_string(folder.join("Cargo.lock"))?)
}

/// A workspace whose members are the manifests of all combinations, so that one lock file covers them.
fn workspace() -> Result<PathBuf> {
    let folder = generated().join("locks");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    let manifests = manifests(Language::Rust)?;
    for (number, manifest) in manifests.iter().enumerate() {
        let member = folder.join(format!("{MEMBER}{number}"));
        fs::create_dir_all(member.join("src"))?;
        fs::write(member.join("src/lib.rs"), "")?;
        let mut manifest: DocumentMut = manifest.parse()?;
        manifest["package"]["name"] = toml_edit::value(format!("{MEMBER}{number}"));
        for table in ["workspace", "profile"] {
            manifest.remove(table);
        }
        fs::write(member.join("Cargo.toml"), manifest.to_string())?;
    }
    let members = format!("[workspace]\nresolver = \"3\"\nmembers = [\"{MEMBER}*\"]\n");
    fs::write(folder.join("Cargo.toml"), members)?;
    Ok(folder)
}

/// How the names of the workspace's members begin; no crate's name does.
const MEMBER: &str = "combination-";

fn without_members(lock: &str) -> Result<String> {
    let mut lock: DocumentMut = lock.parse()?;
    let packages = lock["package"].as_array_of_tables_mut();
    let packages = packages.context("packages in the lock file")?;
    packages.retain(|package| {
        !package["name"]
            .as_str()
            .is_some_and(|name| name.starts_with(MEMBER))
    });
    Ok(lock.to_string())
}

/// The distinct manifests of everything that can be chosen.
fn manifests(language: Language) -> Result<BTreeSet<String>> {
    let templates = template::embedded()?;
    let template = template::find(&templates, &language.to_string())?;
    let file = match language {
        Language::Rust => "Cargo.toml",
        Language::Python => "pyproject.toml",
    };
    let combos = combos::changing_sources(template);
    let manifest = |combo| {
        let tree = combos::tree(template, combo)?;
        tree.get(file)
            .cloned()
            .with_context(|| format!("no {file}: {combo:?}"))
    };
    combos.iter().map(manifest).collect()
}

/// Name → versions.
type Versions = BTreeMap<String, BTreeSet<String>>;

fn crate_versions(lock: &str) -> Result<Versions> {
    let lock: DocumentMut = lock.parse()?;
    let mut versions = Versions::new();
    let packages = lock.get("package").and_then(Item::as_array_of_tables);
    for package in packages.into_iter().flatten() {
        let text = |key: &str| package[key].as_str().map(str::to_owned);
        let name = text("name").context("a package without a name")?;
        let version = text("version").context("a package without a version")?;
        versions.entry(name).or_default().insert(version);
    }
    Ok(versions)
}

/// The files with versions of Python packages: what this platform needs, and what only others do.
const HERE: &str = "python.txt";
const ELSEWHERE: &str = "python-other-platforms.txt";

fn packages_are_needed() -> Result<()> {
    let [here, everywhere] = uv_resolves()?;
    let only_elsewhere = |line: &&str| !here.lines().any(|it| it == *line);
    let elsewhere = lines(everywhere.lines().filter(only_elsewhere));
    let files = [(HERE, here), (ELSEWHERE, elsewhere)];
    if !updating() {
        for (name, resolved) in files {
            let committed = fs::read_to_string(path(name))?;
            ensure!(
                committed == resolved,
                "tests/locks/{name} does not fit the templates: run `.ci/locks`\n{}",
                diffy::create_patch(&committed, &resolved)
            );
        }
        return Ok(());
    }
    let read = || -> Result<Versions> {
        let texts =
            [HERE, ELSEWHERE].map(|name| fs::read_to_string(path(name)).unwrap_or_default());
        package_versions(&texts.concat())
    };
    let before = read()?;
    for (name, text) in files {
        fs::write(path(name), text)?;
    }
    let after = read()?;
    moved(&before, &after);
    run(Command::new(Path::new(ROOT).join(".ci/tools")).arg("wheels"))?;
    write_what_depends(Language::Python, &after, &python::modules()?)
}

/// What uv takes for the requirements of all combinations: on Linux, and on every platform.
fn uv_resolves() -> Result<[String; 2]> {
    let mut requirements = BTreeSet::new();
    for manifest in manifests(Language::Python)? {
        let manifest: DocumentMut = manifest.parse()?;
        let groups = manifest["dependency-groups"]
            .as_table_like()
            .context("groups")?;
        let groups = groups.iter().map(|(_, group)| group);
        let lists = [
            &manifest["project"]["dependencies"],
            &manifest["build-system"]["requires"],
        ];
        for list in lists.into_iter().chain(groups) {
            let list = list.as_array().context("a list of requirements")?;
            requirements.extend(list.iter().filter_map(|it| it.as_str().map(str::to_owned)));
        }
    }
    // What hatchling needs to install a project so that its sources stay where they are.
    requirements.insert("editables".to_owned());
    let folder = generated().join("locks-python");
    fs::create_dir_all(&folder)?;
    fs::write(folder.join("requirements.in"), lines(requirements))?;
    let resolve = |platform: &[&str]| -> Result<String> {
        let mut compile = python::uv_command(&folder, !updating())?;
        compile.args([
            "pip",
            "compile",
            "--quiet",
            "--no-header",
            "--no-annotate",
            "--no-emit-index-url",
        ]);
        compile.args([
            "--no-emit-find-links",
            "--upgrade",
            "--python-version",
            "3.11",
            "requirements.in",
        ]);
        let resolved = run(compile.args(platform))?;
        let pin = |line: &'_ str| line.split(" ;").next().map(str::trim).map(str::to_owned);
        Ok(lines(resolved.lines().filter_map(pin)))
    };
    Ok([
        resolve(&["--python-platform", "linux"])?,
        resolve(&["--universal"])?,
    ])
}

fn lines(items: impl IntoIterator<Item: AsRef<str>>) -> String {
    let mut text = String::new();
    for item in items {
        text.push_str(item.as_ref());
        text.push('\n');
    }
    text
}

fn package_versions(pins: &str) -> Result<Versions> {
    let pins = pins.lines().map(|pin| {
        let (name, version) = pin
            .split_once("==")
            .with_context(|| format!("no pin: {pin}"))?;
        Ok((name.to_owned(), [version.to_owned()].into()))
    });
    pins.collect()
}

/// Show what an update changed.
#[expect(clippy::print_stdout, reason = "it is what `.ci/locks` is run for")]
fn moved(before: &Versions, after: &Versions) {
    let list = |versions: Option<&BTreeSet<String>>| match versions {
        Some(versions) => versions.iter().cloned().collect::<Vec<_>>().join(", "),
        None => "-".to_owned(),
    };
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    for name in names {
        let (old, new) = (before.get(name), after.get(name));
        if old != new {
            println!("{name}: {} → {}", list(old), list(new));
        }
    }
}

/// The names that projects cannot have, and the lowest versions that they accept: those that were tested.
fn write_what_depends(
    language: Language,
    versions: &Versions,
    modules: &BTreeSet<String>,
) -> Result<()> {
    let folder = Path::new(ROOT).join("templates").join(language.to_string());
    let names: BTreeSet<&String> = versions.keys().chain(modules).collect();
    fs::write(folder.join("dependencies.txt"), lines(names))?;
    let file = folder.join("template.toml");
    let mut manifest: DocumentMut = fs::read_to_string(&file)?.parse()?;
    let table = manifest["versions"].as_table_mut().context("versions")?;
    for (key, value) in table.iter_mut() {
        let name = key.get().replace('_', "-");
        let locked = versions.iter().find(|(it, _)| it.replace('_', "-") == name);
        let old = value.as_str().context("a version")?;
        let Some(new) = locked.and_then(|(_, versions)| raised(old, versions)) else {
            continue;
        };
        *value = toml_edit::value(new);
    }
    Ok(fs::write(file, manifest.to_string())?)
}

/// The requirement `old` with the tested version as its floor; nothing if no tested version fits it.
fn raised(old: &str, versions: &BTreeSet<String>) -> Option<String> {
    if let Some(rest) = old.strip_prefix(">=") {
        let ceiling = rest.find(',').map_or("", |comma| &rest[comma..]);
        return Some(format!(">={}{ceiling}", short(versions.first()?)));
    }
    let required = semver::VersionReq::parse(old).ok()?;
    let versions = versions
        .iter()
        .filter_map(|it| semver::Version::parse(it).ok());
    let newest = versions.filter(|it| required.matches(it)).max()?;
    let newest = format!("{}.{}.{}", newest.major, newest.minor, newest.patch);
    Some(short(&newest).to_owned())
}

/// A version without a last zero, which says the same in a requirement.
fn short(version: &str) -> &str {
    match version.strip_suffix(".0") {
        Some(short) if short.contains('.') => short,
        _ => version,
    }
}
