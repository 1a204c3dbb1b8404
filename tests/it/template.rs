//! Rules of composition and rendering, each with a template made for it.

use anyhow::Result;
use create_mcp_server::{
    answers::Answers,
    spec::ProjectSpec,
    template::{compose, embedded, load},
};

const MANIFEST: &str = r#"
id = "tongue"
title = "Tongue"
version = 1
names = {}
run = { command = ["serve"] }

[[option]]
id = "size"
prompt = "?"
help = "?"
default = "big"
choice = [{ id = "big", help = "?", tags = ["big", "both"] }, { id = "small", help = "?", tags = ["small"] }]

[primitive.tool]
insert = [{ into = "a.rs", anchor = "tools", line = "mod <%= item.snake %>;" }]
"#;

/// The project that the template with these `files` makes of the name `my-server`.
fn compose(files: &[(&str, &str)]) -> Result<compose::Tree> {
    let manifest = [("tongue/template.toml", MANIFEST)];
    let files = manifest.iter().chain(files);
    let sources = files.map(|(path, text)| ((*path).to_owned(), text.as_bytes()));
    let templates = load(&sources.collect())?;
    let answers = Answers {
        name: Some("my-server".to_owned()),
        description: Some("It's \"quoted\" & <b>".to_owned()),
        ..Answers::default()
    };
    let spec = ProjectSpec::new(&answers, &templates[0])?;
    Ok(compose::compose(&templates[0], &spec)?.tree)
}

#[track_caller]
fn refused(files: &[(&str, &str)], problem: &str) {
    let error = compose(files).expect_err(problem);
    let shown = format!("{error:#}");
    assert!(shown.contains(problem), "`{problem}` is not in: {shown}");
}

#[test]
fn two_active_layers_that_write_one_path_are_an_error() {
    for other in ["tongue/big/a", "_shared/base/a", "tongue/big+both/a.j2"] {
        refused(
            &[("tongue/base/a", "x"), (other, "x")],
            "two active layers write `a`",
        );
    }
    compose(&[("tongue/base/a", "x"), ("tongue/small/a", "x")]).expect("one is not active");
}

#[test]
fn a_fragment_needs_a_file_and_must_not_contradict_it() {
    let fragment = ("tongue/big/a.toml.merge", "[t]\nk = 2\n");
    refused(&[fragment], "no active layer writes `a.toml`");
    refused(
        &[("tongue/base/a.toml", "[t]\nk = 1\n"), fragment],
        "`k` has two values",
    );
    refused(
        &[("tongue/base/a.toml", "[t.k]\n"), fragment],
        "`k` has two shapes",
    );
    let tree = compose(&[("tongue/base/a.toml", "[t]\nj = 1\n"), fragment]).expect("merges");
    assert_eq!(tree["a.toml"], "[t]\nj = 1\nk = 2\n");
}

#[test]
fn only_typed_values_are_printed() {
    for untyped in [
        "<%= 'x' %>",
        "<%= 1 %>",
        "<%= name ~ 'x' %>",
        "<%= description ~ '' %>",
        "<%= names %>",
        "<%= on.big %>",
        "<%= description[0] %>",
    ] {
        for path in ["a.toml", "README.md", "a.rs"] {
            let file = format!("tongue/base/{path}.j2");
            compose(&[(&file, untyped)]).expect_err(untyped);
        }
    }
    refused(&[("tongue/base/a.j2", "<%= 'x' %>")], "not a typed value");
    refused(
        &[("tongue/base/a.md.j2", "<%= description | safe %>")],
        "cannot render `a.md`",
    );
}

#[test]
fn a_users_text_is_a_literal_of_the_files_type_or_an_error() {
    for path in ["a.txt", "Makefile", "a.sh", ".env.example"] {
        let file = format!("tongue/base/{path}.j2");
        refused(
            &[(&file, "<%= description %>")],
            "a user's text cannot stand in a file of type `other`",
        );
    }
    let tree = compose(&[
        ("tongue/base/a.toml.j2", "x = <%= description %>\n"),
        ("tongue/base/a.md.j2", "<%= description %>\n"),
        ("tongue/base/LICENSE.j2", "<%= description %>\n"),
        (
            "tongue/base/a.rs.j2",
            "<%= names.snake %> <%= description %>\n",
        ),
    ])
    .expect("renders");
    assert_eq!(tree["a.toml"], "x = \"It's \\\"quoted\\\" & <b>\"\n");
    assert_eq!(tree["a.md"], "It's \"quoted\" \\& \\<b\\>\n");
    assert_eq!(tree["LICENSE"], "It's \"quoted\" & <b>\n");
    assert_eq!(tree["a.rs"], "my_server \"It's \\\"quoted\\\" & <b>\"\n");
}

#[test]
fn a_name_that_is_not_there_is_an_error_that_names_the_file() {
    for unknown in [
        "<%= nmae %>",
        "<%= names.kebap %>",
        "<% if on.hug %>x<% endif %>",
        "<% for x in lists.nothing %>x<% endfor %>",
        "<% for x in parts.nothing %>x<% endfor %>",
    ] {
        refused(
            &[("tongue/base/a.md.j2", unknown)],
            "cannot render template file `a.md.j2`",
        );
    }
}

#[test]
fn parts_and_lists_come_in_the_order_of_the_layers() {
    let tree = compose(&[
        (
            "tongue/base/a.rs.j2",
            "<% for part in parts.some %>\n<%= part %>\n<% endfor %>\n<% for part in parts.none %>\n<%= part %>\n<% endfor %>\n<% for item in lists.items %>\n<%= item.name %>\n<% endfor %>\n<% for word in lists.words %>\n<%= word %>\n<% endfor %>\n",
        ),
        ("tongue/big+both/a.rs.part-some", "joined\n"),
        ("tongue/big/a.rs.part-some", "language\n"),
        ("_shared/big/a.rs.part-some.j2", "shared <%= names.kebab %>\n"),
        ("tongue/small/a.rs.part-none", "never\n"),
        ("tongue/big/layer.toml", "items = [{ name = \"b\" }]\nwords = [\"z\", \"a\"]\n"),
        ("tongue/base/layer.toml", "items = [{ name = \"c\" }]\nwords = [\"z\"]\n"),
    ])
    .expect("renders");
    assert_eq!(
        tree["a.rs"],
        "shared my-server\nlanguage\njoined\nc\nb\na\nz\n"
    );
}

#[test]
fn a_primitive_is_registered_above_its_anchor_or_nowhere() {
    let tool =
        |kind: &str| format!("[[primitive]]\nkind = \"{kind}\"\nname = \"b-b\"\nsummary = \"?\"\n");
    let layer = ("tongue/base/layer.toml", &*tool("tool"));
    let tree = compose(&[layer, ("tongue/base/a.rs", "mod a;\nmod c;\n// tools\n")]);
    assert_eq!(
        tree.expect("renders")["a.rs"],
        "mod a;\nmod b_b;\nmod c;\n// tools\n"
    );
    refused(&[layer], "there is no `a.rs`");
    refused(
        &[layer, ("tongue/base/a.rs", "// tools-too\n")],
        "anchor `tools` not found in `a.rs`",
    );
    refused(
        &[("tongue/base/layer.toml", &tool("prompt"))],
        "no primitive of kind prompt",
    );
}

#[test]
fn the_first_part_of_a_path_gets_its_dot_and_the_module_its_name() {
    let tree = compose(&[
        ("tongue/base/github/x.yml", ""),
        ("tongue/base/src/[module]/github", ""),
    ])
    .expect("renders");
    let paths: Vec<_> = tree.into_keys().collect();
    assert_eq!(paths, [".github/x.yml", "src/my_server/github"]);
}

#[test]
fn what_a_choice_says_of_itself_fits_a_line_of_a_narrow_terminal() {
    for template in embedded().expect("templates load") {
        for option in template.options() {
            let choices = option.choices.iter().map(|choice| &choice.help);
            for text in choices.chain([&option.help, &option.prompt]) {
                assert!(text.chars().count() < 60, "{}: {text}", option.id);
            }
        }
    }
}

/// A project with the name of a dependency does not build, or with another package than was meant.
#[test]
fn no_project_has_the_name_of_a_package_in_the_locks() {
    let locks = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/locks");
    let text = |name: &str| std::fs::read_to_string(locks.join(name)).expect("a lock");
    let crates: toml_edit::DocumentMut = text("Cargo.lock").parse().expect("TOML");
    let crates = crates["package"].as_array_of_tables().expect("packages");
    let crates = crates
        .iter()
        .filter_map(|it| it["name"].as_str().map(str::to_owned));
    let pins = text("python.txt") + &text("python-other-platforms.txt");
    let packages = pins
        .lines()
        .filter_map(|line| line.split("==").next().map(str::to_owned));
    let locked = [
        ("rust", crates.collect()),
        ("python", packages.collect::<Vec<_>>()),
    ];
    let templates = create_mcp_server::template::embedded().expect("templates");
    for (language, names) in locked {
        let template = create_mcp_server::template::find(&templates, language).expect("a template");
        assert!(!names.is_empty());
        for name in names {
            let answers = Answers {
                name: Some(name.clone()),
                ..Answers::default()
            };
            let taken = ProjectSpec::new(&answers, template).expect_err(&name);
            assert!(
                format!("{taken:#}").contains("as a project name"),
                "{name}: {taken:#}"
            );
        }
    }
}
