//! What a starter brought and `remove` takes out: a template of its own, whose primitives share what they use.

use std::{collections::BTreeMap, fs, path::Path};

use create_mcp_server::{
    answers::Answers,
    apply::{Disk, apply},
    error::{Code, code},
    extend::Extension,
    owner::Trust,
    plan::Place,
    project::{self, Project},
    spec::ProjectSpec,
    template::{Template, load, manifest::Kind},
};

use crate::{
    faults::never,
    support::{sandbox::Sandbox, tree},
};

const FILES: [(&str, &str); 8] = [
    (
        "tongue/template.toml",
        r#"
id = "tongue"
title = "Tongue"
version = 1
names = {}
run = { command = ["serve"] }

[primitive.tool]
insert = [{ into = "list.txt", anchor = "here:tools", line = "- <%= item.name %>" }]
"#,
    ),
    (
        "tongue/base/layer.toml",
        r#"
[[primitive]]
kind = "tool"
name = "one"
summary = "One"

[[primitive]]
kind = "tool"
name = "two"
summary = "Two"

[[primitive]]
kind = "tool"
name = "rooted"
summary = "Other files use it"

[[support]]
of = ["tool one"]
files = ["src/[module]/one.txt"]

[[support]]
of = ["tool two"]
files = ["src/[module]/two.txt"]

[[support]]
of = ["tool one", "tool two"]
files = ["src/[module]/store.txt"]
texts = [{ into = "main.txt", text = """
use store of <%= names.snake %>
open store
""" }]
"#,
    ),
    ("tongue/base/list.txt", "- other\n# here:tools\n"),
    (
        "tongue/base/main.txt.j2",
        "start\nuse store of <%= names.snake %>\nopen store\nend\n",
    ),
    ("tongue/base/src/[module]/one.txt", "one\n"),
    ("tongue/base/src/[module]/two.txt", "two\n"),
    ("tongue/base/src/[module]/store.txt", "store\n"),
    ("tongue/primitives/tool/[item].txt", "added\n"),
];

/// Run `test` in a new project of the template.
fn with_project(test: impl Fn(&Path, &Template<'_>)) {
    let sources = FILES.map(|(path, text)| (path.to_owned(), text.as_bytes()));
    let templates = load(&sources.to_vec()).expect("loads");
    let answers = Answers {
        name: Some("my-server".to_owned()),
        ..Answers::default()
    };
    let spec = ProjectSpec::new(&answers, &templates[0]).expect("valid");
    let sandbox = Sandbox::new();
    let root = sandbox.path("my-server");
    let plan = project::plan_new(&templates[0], &spec, root.clone(), Place::New);
    apply(&plan.expect("a plan"), &Disk, &never).expect("applies");
    test(&root, &templates[0]);
}

fn remove(root: &Path, template: &Template<'_>, name: &str, force: bool) -> anyhow::Result<()> {
    let project = Project::find(root, &Trust::to_read())?;
    let spec = ProjectSpec::new(&project.record.answers, template)?;
    let extension = Extension {
        project: &project,
        template,
        spec: &spec,
    };
    let (outcome, _) = extension.removing(Kind::Tool, name, force)?;
    apply(&outcome.plan, &Disk, &never)
}

/// The names of the primitives, and how many files drifted.
fn state(root: &Path) -> (Vec<String>, usize) {
    let project = Project::find(root, &Trust::to_read()).expect("a project");
    let names = project.primitives().into_iter();
    let names = names.map(|it| it.name.clone()).collect();
    (names, project.drifted())
}

fn own_files(root: &Path) -> BTreeMap<String, String> {
    let mut files = tree::texts(root);
    files.retain(|path, _| !path.starts_with(".create-mcp-server"));
    files
}

#[test]
fn what_primitives_share_goes_with_the_last_of_them() {
    with_project(|root, template| {
        remove(root, template, "one", false).expect("removed");
        assert_eq!(
            state(root),
            (vec!["rooted".to_owned(), "two".to_owned()], 0)
        );
        let files = own_files(root);
        assert!(!files.contains_key("src/my_server/one.txt"));
        assert!(files.contains_key("src/my_server/store.txt"));
        assert!(files["main.txt"].contains("open store"));
        assert_eq!(
            files["list.txt"],
            "- other\n- rooted\n- two\n# here:tools\n"
        );

        remove(root, template, "two", false).expect("removed");
        assert_eq!(state(root), (vec!["rooted".to_owned()], 1));
        let files = own_files(root);
        let expected = [
            ("list.txt", "- other\n- rooted\n# here:tools\n"),
            ("main.txt", "start\nend\n"),
        ]
        .map(|(path, text)| (path.to_owned(), text.to_owned()));
        assert_eq!(files, expected.into());
        let error = remove(root, template, "two", false).expect_err("it is gone");
        assert!(error.to_string().contains("has no tool `two`"), "{error}");
    });
}

#[test]
fn what_the_template_does_not_say_is_left_to_the_owner() {
    with_project(|root, template| {
        let before = tree::texts(root);
        let error = remove(root, template, "rooted", false).expect_err("refused");
        assert!(error.to_string().contains("other files use it"), "{error}");
        assert_eq!(tree::texts(root), before);
    });
}

#[test]
fn what_was_edited_is_kept_unless_by_force() {
    for (file, from, to) in [
        ("src/my_server/two.txt", "two", "2"),
        ("src/my_server/store.txt", "store", "shop"),
        ("main.txt", "open store", "open store # mine"),
        ("list.txt", "- two", "- two # mine"),
    ] {
        with_project(|root, template| {
            remove(root, template, "one", false).expect("removed");
            let path = root.join(file);
            let text = fs::read_to_string(&path).expect("readable");
            fs::write(&path, text.replacen(from, to, 1)).expect("writable");
            let before = tree::texts(root);
            let error = remove(root, template, "two", false).expect_err("edited");
            assert_eq!(code(&error), Code::Conflict, "{error:#}");
            assert!(error.to_string().contains(file), "{error:#}");
            assert_eq!(tree::texts(root), before);
            remove(root, template, "two", true).expect("by force");
            assert_eq!(state(root).0, ["rooted"]);
        });
    }
}
