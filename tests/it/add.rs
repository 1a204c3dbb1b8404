//! `add` and `remove`: what they write, what they refuse, and that a run which does not end well changes nothing.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    process::Stdio,
    thread,
    time::Duration,
};

use create_mcp_server::{
    apply::{self, Disk},
    extend::Extension,
    owner::Trust,
    project::{self, Project},
    template::{
        self,
        manifest::{Effect, Kind, PrimitiveEntry},
    },
};
use insta::assert_snapshot;
use serde_json::Value;

use crate::support::{
    every,
    faulty::{Fault, Faulty},
    parse,
    sandbox::{Run, Sandbox},
    tree,
};

const PROJECT: &str = "my-server";

const LANGUAGES: [&str; 2] = ["rust", "python"];

fn project() -> Sandbox {
    project_with(&["--starter=minimal"])
}

fn project_in(language: &str) -> Sandbox {
    project_with(&["--starter=minimal", "--language", language])
}

fn project_with(options: &[&str]) -> Sandbox {
    let sandbox = Sandbox::new();
    let run = sandbox.run(&[&["new", PROJECT, "-y", "--no-git", "--quiet"], options].concat());
    assert_eq!(run.code, Some(0), "{}", run.transcript());
    sandbox
}

/// Run the program in the project.
fn run(sandbox: &Sandbox, args: &[&str]) -> Run {
    let mut command = sandbox.command(args);
    command.current_dir(sandbox.path(PROJECT));
    sandbox.finish(&command.output().expect("the program runs"))
}

fn done(sandbox: &Sandbox, args: &[&str]) -> Run {
    let run = run(sandbox, args);
    assert_eq!(run.code, Some(0), "{args:?}: {}", run.transcript());
    run
}

fn files(sandbox: &Sandbox) -> BTreeMap<String, String> {
    tree::texts(&sandbox.path(PROJECT))
}

/// One of each, with everything that can be given.
const ADDED: [&[&str]; 4] = [
    &[
        "add",
        "tool",
        "get-weather",
        "--read-only",
        "-d",
        "Say what the weather is.",
        "--param",
        "city:string:Where",
        "--param",
        "days:integer=3:How many days ahead",
        "--param",
        "unit:string=°C \"or\" K",
        "--param",
        "exact:boolean?",
        "--param",
        "at:number[]?",
        "--param",
        "sky:clear|partly-cloudy|overcast=clear:What it looks like",
        "--param",
        "wind:calm|storm?",
        "--idempotent",
        "--open-world",
    ],
    &[
        "add",
        "resource",
        "app-config",
        "--uri",
        "config://app",
        "-d",
        "The settings in use",
    ],
    &[
        "add",
        "resource",
        "city",
        "--uri",
        "cities://{name}/map",
        "-d",
        "A city by its name",
    ],
    &[
        "add",
        "prompt",
        "plan-trip",
        "--argument",
        "city:Where to",
        "--argument",
        "style?",
        "-d",
        "Plan a trip",
    ],
];

#[test]
fn what_is_added_is_registered_listed_and_recorded() {
    what_is_added("add", "rust");
    what_is_added("add_python", "python");
}

fn what_is_added(name: &str, language: &str) {
    let sandbox = project_in(language);
    let mut shown = String::new();
    for args in ADDED {
        let dry = done(&sandbox, &[args, &["-y", "--dry-run"]].concat());
        shown += &dry.stdout;
        done(&sandbox, &[args, &["-y"]].concat());
    }
    let tree = files(&sandbox);
    for (path, text) in &tree {
        parse::well_formed(path, text)
            .unwrap_or_else(|problem| panic!("{path}: {problem}\n{text}"));
    }
    parse::python(&sources(&tree)).unwrap_or_else(|problem| panic!("{problem}"));
    // Hashes change with every word of a template.
    let hash = |line: &str| {
        line.split('"')
            .any(|it| it.len() == 64 && !it.contains(' '))
    };
    let shown: Vec<&str> = shown.lines().filter(|line| !hash(line)).collect();
    assert_snapshot!(name, shown.join("\n"));
}

fn sources(tree: &BTreeMap<String, String>) -> BTreeSet<String> {
    let python = tree.iter().filter(|(path, _)| parse::is_python(path));
    python.map(|(_, text)| text.clone()).collect()
}

#[test]
fn nothing_but_removal_undoes_an_addition_to_the_last_byte() {
    for (options, files_of_each) in [
        (&["--starter=minimal"][..], 1),
        (&["--starter=notes", "--transport=http"], 1),
        (&["--starter=minimal", "--language=python"], 2),
        (
            &["--starter=notes", "--transport=http", "--language=python"],
            2,
        ),
    ] {
        let sandbox = project_with(options);
        // What comes with the first of a kind stays.
        for args in [
            &["resource", "first", "--uri", "first://it"][..],
            &["prompt", "first"],
        ] {
            done(&sandbox, &[&["add"], args, &["-y"]].concat());
            done(&sandbox, &["remove", args[0], args[1], "-y"]);
        }
        let before = files(&sandbox);
        for args in ADDED {
            done(&sandbox, &[args, &["-y"]].concat());
        }
        let added = files(&sandbox);
        assert_eq!(
            added.len(),
            before.len() + ADDED.len() * (files_of_each + 1)
        );
        for args in ADDED {
            let again = done(&sandbox, &[args, &["-y"]].concat());
            assert!(again.stderr.contains("nothing to do"), "{}", again.stderr);
        }
        assert_eq!(files(&sandbox), added, "the same again changes nothing");
        for args in ADDED {
            done(&sandbox, &["remove", args[1], args[2], "-y"]);
        }
        assert_eq!(files(&sandbox), before);
    }
}

#[test]
fn errors_name_the_fix_and_nothing_changes() {
    let sandbox = project_with(&["--starter=notes"]);
    done(
        &sandbox,
        &["add", "tool", "get-weather", "-d", "Weather", "-y"],
    );
    done(
        &sandbox,
        &[
            "add",
            "resource",
            "app",
            "--uri",
            "config://app",
            "-d",
            "Settings",
            "-y",
        ],
    );
    fs::write(sandbox.path(PROJECT).join("src/tools/mine.rs"), "").expect("write a file");
    let before = tree::read(&sandbox.path(""));
    for (name, args) in [
        ("add_nothing", &["add"][..]),
        ("add_no_name", &["add", "tool", "-y"]),
        ("add_no_description", &["add", "tool", "x1"]),
        ("add_no_effect", &["add", "tool", "x1", "-d", "X"]),
        ("add_no_uri", &["add", "resource", "x1", "-y"]),
        ("add_keyword", &["add", "tool", "match", "-y"]),
        ("add_bad_name", &["add", "tool", "../x", "-y"]),
        (
            "add_long_name",
            &[
                "add",
                "resource",
                "a-name-of-sixty-five-characters-which-is-one-more-than-all-allowx",
                "-y",
                "--uri",
                "x:1",
            ],
        ),
        ("add_type_name", &["add", "tool", "parameters", "-y"]),
        ("add_device", &["add", "tool", "aux", "-y"]),
        ("add_kind_in_name", &["add", "tool", "weather-tool", "-y"]),
        ("add_method", &["add", "tool", "list_resources", "-y"]),
        (
            "add_taken",
            &["add", "tool", "get_weather", "-d", "Other", "-y"],
        ),
        (
            "add_tool_as_prompt",
            &["add", "prompt", "get-weather", "-d", "X", "-y"],
        ),
        (
            "add_prompt_of_starter",
            &["add", "tool", "summarize-notes", "-d", "X", "-y"],
        ),
        ("add_file_there", &["add", "tool", "mine", "-y"]),
        (
            "add_same_uri",
            &["add", "resource", "other", "--uri", "config://app", "-y"],
        ),
        (
            "add_bad_uri",
            &["add", "resource", "other", "--uri", "/etc/passwd", "-y"],
        ),
        (
            "add_two_variables",
            &["add", "resource", "other", "--uri", "x://{a}/{b}", "-y"],
        ),
        (
            "add_bad_parameter",
            &["add", "tool", "other", "--param", "a:text", "-y"],
        ),
        (
            "add_parameter_twice",
            &[
                "add",
                "tool",
                "other",
                "--param",
                "a:string",
                "--param",
                "a:integer",
                "-y",
            ],
        ),
        (
            "add_bad_description",
            &["add", "tool", "other", "-d", "two\nlines", "-y"],
        ),
        ("remove_unknown", &["remove", "tool", "nothing"]),
        ("remove_none_of_kind", &["remove", "prompt", "nothing"]),
        ("remove_of_starter", &["remove", "tool", "add-note"]),
        ("add_json_error", &["add", "tool", "match", "-y", "--json"]),
    ] {
        let refused = run(&sandbox, args);
        assert_eq!(refused.code, Some(2), "{name}: {}", refused.transcript());
        assert_snapshot!(name, refused.transcript());
        assert_eq!(tree::read(&sandbox.path("")), before, "{name}");
    }
}

#[test]
fn names_that_a_language_cannot_have_are_refused_and_all_others_work() {
    let sandbox = project_in("python");
    let before = files(&sandbox);
    for (name, args) in [
        ("add_python_keyword", &["add", "tool", "lambda", "-y"][..]),
        ("add_python_type", &["add", "tool", "str", "-y"]),
        (
            "add_python_long_name",
            &[
                "add",
                "prompt",
                "a-name-of-sixty-five-characters-which-is-one-more-than-all-allowx",
                "-y",
            ],
        ),
        (
            "add_python_parameter",
            &["add", "tool", "x1", "-y", "--param", "from:string"],
        ),
        (
            "add_python_pydantic",
            &["add", "tool", "x1", "-y", "--param", "model_config:string"],
        ),
        (
            "add_python_uri",
            &["add", "resource", "x1", "-y", "--uri", "x://{class}"],
        ),
    ] {
        let refused = run(&sandbox, args);
        assert_eq!(refused.code, Some(2), "{name}: {}", refused.transcript());
        assert_snapshot!(name, refused.transcript());
        assert_eq!(files(&sandbox), before, "{name}");
    }
    for name in ["match", "type", "print", "self", "json", "test", "register"] {
        let parameter = format!("{name}:string?");
        done(
            &sandbox,
            &["add", "tool", name, "-y", "--param", &parameter],
        );
        done(
            &sandbox,
            &[
                "add",
                "resource",
                name,
                "-y",
                "--uri",
                &format!("{name}://{{{name}}}"),
            ],
        );
    }
    parse::python(&sources(&files(&sandbox))).unwrap_or_else(|problem| panic!("{problem}"));
}

/// Each line of README that is typed, and what is shown after it.
#[cfg(unix)]
#[test]
fn the_transcript_in_the_readme_is_true() {
    let readme = include_str!("../../README.md");
    let (_, section) = readme
        .split_once("\n## Add to a project\n")
        .expect("the section");
    let (_, block) = section.split_once("```sh\n").expect("its transcript");
    let (block, _) = block.split_once("```").expect("the end of it");
    let sandbox = project();
    let program = assert_cmd::cargo::cargo_bin("create-mcp-server");
    let program = program.to_string_lossy();
    let typed: Vec<&str> = block.split("$ ").filter(|it| !it.is_empty()).collect();
    assert!(typed.len() >= 4, "{block}");
    for part in typed {
        let mut end = 0;
        for line in part.split_inclusive('\n') {
            end += line.len();
            if !line.ends_with("\\\n") {
                break;
            }
        }
        let (line, shown) = part.split_at(end);
        let line = line.replacen("create-mcp-server", &program, 1);
        let output = std::process::Command::new("sh")
            .args(["-c", &format!("exec 2>&1\n{line}")])
            .env("NO_COLOR", "1")
            .current_dir(sandbox.path(PROJECT))
            .output()
            .expect("a shell");
        assert_eq!(String::from_utf8_lossy(&output.stdout), shown, "{line}");
    }
}

#[test]
fn outside_of_a_project_there_is_nothing_to_add_to() {
    let sandbox = Sandbox::new();
    let outside = sandbox.run(&["add", "tool", "x1", "-y"]);
    assert_eq!(outside.code, Some(2), "{}", outside.transcript());
    assert_snapshot!("add_outside", outside.transcript());
}

#[test]
fn a_lost_anchor_is_named_with_the_lines_to_paste() {
    for (name, language, file, anchor) in [(
        "add_no_anchor",
        "rust",
        "src/tools/mod.rs",
        "// create-mcp-server:tool-routes",
    )] {
        let sandbox = project_in(language);
        let path = sandbox.path(PROJECT).join(file);
        let text = fs::read_to_string(&path).expect("readable");
        fs::write(&path, text.replace(anchor, "")).expect("writable");
        let before = files(&sandbox);
        let refused = run(
            &sandbox,
            &["add", "tool", "get-weather", "-d", "Weather", "-y"],
        );
        assert_eq!(refused.code, Some(2));
        assert_snapshot!(name, refused.transcript());
        assert_eq!(files(&sandbox), before);
    }
}

#[test]
fn a_readme_that_does_not_list_it_costs_only_a_warning() {
    for language in LANGUAGES {
        for gone in [true, false] {
            let sandbox = project_in(language);
            let readme = sandbox.path(PROJECT).join("README.md");
            if gone {
                fs::remove_file(&readme).expect("remove a file");
            } else {
                fs::write(&readme, "# Mine\n").expect("writable");
            }
            let before = files(&sandbox);
            let added = done(&sandbox, &["add", "tool", "one", "-d", "T", "-y"]);
            assert!(added.stderr.contains("not listed: "), "{}", added.stderr);
            assert!(added.stderr.contains("README.md"), "{}", added.stderr);
            let again = done(&sandbox, &["add", "tool", "one", "-d", "T", "-y"]);
            assert!(again.stderr.contains("nothing to do"), "{}", again.stderr);
            done(&sandbox, &["remove", "tool", "one", "-y"]);
            assert_eq!(files(&sandbox), before);
        }
    }
}

/// Of the longest name that each kind can have, in each language.
#[test]
fn the_longest_names_work() {
    let templates = template::embedded().expect("the templates load");
    for template in &templates {
        let language = &template.manifest().id;
        let sandbox = project_in(language);
        for (kind, rules) in &template.manifest().primitives {
            let kind = kind.as_str();
            let name = format!("{kind}-{}", "long-name-".repeat(8));
            // Whatever it is cut at, a letter ends it.
            let name = name[..rules.max_name - 1].to_owned() + "x";
            let uri = format!("--uri={kind}://x");
            let more: &[&str] = match kind {
                "tool" => &["--param", "a:string?", "--param", "b:one|two=two"],
                "prompt" => &["--argument", "a:What"],
                _ => &[&uri],
            };
            done(
                &sandbox,
                &[&["add", kind, &name, "-d", "D", "-y"], more].concat(),
            );
        }
        let tree = files(&sandbox);
        for (path, text) in &tree {
            parse::well_formed(path, text)
                .unwrap_or_else(|problem| panic!("{path}: {problem}\n{text}"));
            let long = text
                .lines()
                .find(|line| line.contains("long_name") && line.len() > 120);
            let is_record = path.starts_with(".create-mcp-server");
            assert!(is_record || long.is_none(), "{path}: {long:?}");
        }
        parse::python(&sources(&tree)).unwrap_or_else(|problem| panic!("{problem}"));
    }
}

/// The project's own formatter is a filter for the new files, and what it made is what `remove` knows.
#[cfg(unix)]
#[test]
fn new_files_go_through_the_formatter_of_the_project() {
    let sandbox = project_in("python");
    let plain = done(&sandbox, &["add", "tool", "one", "-d", "T", "-y"]);
    assert!(plain.stderr.contains("not formatted"), "{}", plain.stderr);
    fs::create_dir_all(sandbox.path(PROJECT).join(".venv/bin")).expect("create directories");
    let script = "echo \"# $4\"\ncat\n";
    sandbox.write_program(&format!("{PROJECT}/.venv/bin/ruff"), script);
    let before = files(&sandbox);
    let added = done(&sandbox, &["add", "tool", "two", "-d", "T", "-y"]);
    assert!(!added.stderr.contains("not formatted"), "{}", added.stderr);
    for (path, text) in files(&sandbox) {
        let is_new = !before.contains_key(&path) && parse::is_python(&path);
        assert_eq!(text.starts_with(&format!("# {path}\n")), is_new, "{path}");
    }
    let again = done(&sandbox, &["add", "tool", "two", "-d", "T", "-y"]);
    assert!(again.stderr.contains("nothing to do"), "{}", again.stderr);
    done(&sandbox, &["remove", "tool", "two", "-y"]);
    assert_eq!(files(&sandbox), before);
    sandbox.write_program(&format!("{PROJECT}/.venv/bin/ruff"), "exit 3\n");
    let failed = done(&sandbox, &["add", "tool", "two", "-d", "T", "-y"]);
    assert!(
        failed.stderr.contains("`.venv/bin/ruff` failed"),
        "{}",
        failed.stderr
    );
}

#[test]
fn an_edited_file_is_deleted_by_force_only() {
    let sandbox = project();
    done(
        &sandbox,
        &["add", "tool", "get-weather", "-d", "Weather", "-y"],
    );
    let path = sandbox.path(PROJECT).join("src/tools/get_weather.rs");
    let text = fs::read_to_string(&path).expect("readable");
    fs::write(&path, text + "// mine\n").expect("writable");
    let before = files(&sandbox);
    let refused = run(&sandbox, &["remove", "tool", "get-weather", "-y"]);
    assert_eq!(refused.code, Some(3));
    assert_snapshot!("remove_edited", refused.transcript());
    assert_eq!(files(&sandbox), before);
    done(
        &sandbox,
        &["remove", "tool", "get-weather", "-y", "--force"],
    );
    assert!(!path.exists());
}

#[test]
fn a_line_that_was_edited_is_not_left_behind_in_silence() {
    let sandbox = project();
    done(
        &sandbox,
        &["add", "tool", "get-weather", "-d", "Weather", "-y"],
    );
    let path = sandbox.path(PROJECT).join("src/tools/mod.rs");
    let text = fs::read_to_string(&path).expect("readable");
    let line = "McpServer::get_weather_tool,";
    fs::write(
        &path,
        text.replace(line, "McpServer::get_weather_tool, // mine"),
    )
    .expect("writable");
    let before = files(&sandbox);
    let refused = run(&sandbox, &["remove", "tool", "get-weather", "-y"]);
    assert_eq!(refused.code, Some(3), "{}", refused.transcript());
    assert!(refused.stderr.contains(line), "{}", refused.stderr);
    assert_eq!(files(&sandbox), before);
}

#[test]
fn an_edited_file_stays_known_as_edited() {
    let sandbox = project();
    let license = sandbox.path(PROJECT).join("LICENSE");
    let text = fs::read_to_string(&license).expect("readable");
    fs::write(&license, text + "\nMore.\n").expect("writable");
    let drifted = || {
        Project::find(&sandbox.path(PROJECT), &Trust::to_read())
            .expect("a project")
            .drifted()
    };
    assert_eq!(drifted(), 1);
    done(
        &sandbox,
        &["add", "tool", "get-weather", "-d", "Weather", "-y"],
    );
    assert_eq!(drifted(), 1, "only what was edited by hand differs");
}

#[test]
fn a_project_is_found_from_below_and_by_its_path() {
    let sandbox = project();
    let mut command = sandbox.command(&["add", "tool", "one", "-y"]);
    command
        .current_dir(sandbox.path(PROJECT).join("src/tools"))
        .assert()
        .success();
    let by_path = sandbox.run(&["add", "tool", "two", "-y", "--json", "--project", PROJECT]);
    let value: Value = serde_json::from_str(&by_path.stdout).expect("one JSON object");
    assert_eq!(value["name"], "two");
    let changes = value["changes"].as_array().expect("changes");
    assert!(
        changes
            .iter()
            .any(|it| it["path"] == "src/tools/two.rs" && it["change"] == "create")
    );
    assert_eq!(
        changes.len(),
        4,
        "its file, the module, the list and the record: {value}"
    );
    let modules =
        fs::read_to_string(sandbox.path(PROJECT).join("src/tools/mod.rs")).expect("readable");
    assert!(modules.contains("mod one;\nmod two;\n"), "{modules}");
}

#[test]
fn a_hundred_additions_in_any_order_stay_sorted() {
    // 37 has no common factor with it, so each number comes once.
    let count = 100 / every(5);
    for (language, file, lines) in [
        (
            "rust",
            "src/tools/mod.rs",
            &[("mod t", ";"), ("McpServer::t", "_tool,")][..],
        ),
        ("python", "README.md", &[("- tool `t", "`: T")]),
    ] {
        let sandbox = project_in(language);
        for number in 0..count {
            let name = format!("t{}", number * 37 % count);
            done(&sandbox, &["add", "tool", &name, "-y", "--quiet"]);
        }
        let read =
            |path: &str| fs::read_to_string(sandbox.path(PROJECT).join(path)).expect("readable");
        let modules = read(file);
        let all: Vec<usize> = (0..count).collect();
        for (before, after) in lines {
            let found = modules.lines().filter_map(|line| {
                let (number, rest) = line.trim().strip_prefix(before)?.split_once(after)?;
                let number: usize = number.parse().ok()?;
                assert!(rest.is_empty() || rest == number.to_string(), "{line}");
                Some(number)
            });
            assert_eq!(found.collect::<Vec<_>>(), all, "{modules}");
        }
        assert_eq!(read("README.md").matches("\n- tool `t").count(), count);
    }
}

#[test]
fn hostile_texts_stay_texts() {
    const HOSTILE: &str = r#"Say "hi" \ C:\new {{ x }} <% y %> ${{ z }} --> */ #{é} 🦀 'quoted' `code` & <b>bold</b> | \u{41}"#;
    let long = format!("{HOSTILE} {HOSTILE} {}", "語".repeat(60));
    for language in LANGUAGES {
        let sandbox = project_in(language);
        let parameter = format!("a:string:{HOSTILE}");
        let default = r#"b:string="\\ \"x\" %> */""#;
        let argument = format!("a?:{HOSTILE}");
        for args in [
            &[
                "tool", "one", "-d", HOSTILE, "--param", &parameter, "--param", default,
            ][..],
            &["resource", "two", "-d", HOSTILE, "--uri", "x://y?a='b'"],
            &[
                "resource",
                "four",
                "-d",
                HOSTILE,
                "--uri",
                "x://y?a='b'&c={id}",
            ],
            &["prompt", "three", "-d", HOSTILE, "--argument", &argument],
            &["tool", "five", "-d", &long],
        ] {
            done(&sandbox, &[&["add"], args, &["-y"]].concat());
        }
        let tree = files(&sandbox);
        for (path, text) in &tree {
            parse::syntax(path, text).unwrap_or_else(|problem| panic!("{path}: {problem}\n{text}"));
        }
        let end = if language == "rust" { "rs" } else { "py" };
        for (file, text) in [
            ("tools/one", HOSTILE),
            ("tools/one", r#"\ "x" %> */"#),
            ("tools/five", &long),
            ("resources/two", HOSTILE),
            ("resources/two", "x://y?a='b'"),
            ("resources/four", "x://y?a='b'&c={id}"),
            ("prompts/three", HOSTILE),
        ] {
            let mut found = tree.iter();
            let found = found.find(|(path, _)| path.ends_with(&format!("{file}.{end}")));
            let (path, source) = found.expect(file);
            assert!(parse::holds(path, source, text), "{source}");
        }
    }
}

fn entry() -> PrimitiveEntry {
    PrimitiveEntry {
        kind: Kind::Tool,
        name: "get-weather".to_owned(),
        summary: "Weather".to_owned(),
        effect: Some(Effect::ReadOnly),
        idempotent: false,
        open_world: false,
        uri: None,
        parameters: vec!["city:string".to_owned()],
    }
}

/// Every operation of an addition and of a removal fails once and dies once: the project is as it was or as it should be.
#[test]
fn every_fault_leaves_the_project_as_it_was_or_as_it_should_be() {
    let templates = template::embedded().expect("the templates load");
    for (language, fault) in [
        ("rust", Fault::DiskFull),
        ("rust", Fault::Killed),
        ("python", Fault::DiskFull),
        ("python", Fault::Killed),
    ] {
        for remove in [false, true] {
            let sandbox = project_in(language);
            let root = sandbox.path(PROJECT);
            let plan = |remove: bool| {
                let project = Project::find(&root, &Trust::to_read()).expect("a project");
                let (template, spec) = project.resolve(&templates).expect("its template");
                let extension = Extension {
                    project: &project,
                    template,
                    spec: &spec,
                };
                if remove {
                    extension
                        .removing(Kind::Tool, "get-weather", false)
                        .expect("a plan")
                        .0
                        .plan
                } else {
                    extension.adding(&entry()).expect("a plan").plan
                }
            };
            if remove {
                apply::apply(&plan(false), &Disk, &|| false).expect("applies");
            }
            let before = tree::texts(&root);
            let mut operations = 0;
            for at in 0.. {
                let faulty = Faulty::new(at, fault);
                let outcome = apply::apply(&plan(remove), &faulty, &|| false);
                if let Err(error) = Project::find(&root.join("src"), &Trust::to_read()) {
                    assert!(error.to_string().contains("has not finished"), "{error}");
                }
                let found = project::root_of(&root.join("src"), &Trust::to_read())
                    .expect("still a project");
                apply::recover(&found, &Disk).expect("what is left is undone");
                if !faulty.happened() {
                    outcome.expect("no fault, no failure");
                    break;
                }
                operations += 1;
                let after = tree::texts(&root);
                if after != before {
                    // The fault came after the last move, when the work was done.
                    assert!(
                        outcome.is_ok() || fault == Fault::Killed,
                        "{}",
                        faulty.log()
                    );
                    apply::apply(&plan(!remove), &Disk, &|| false).expect("applies");
                }
                assert_eq!(tree::texts(&root), before, "{}", faulty.log());
            }
            assert!(operations > 8, "{operations} operations");
        }
    }
}

#[cfg(unix)]
#[test]
fn a_killed_addition_is_undone_or_complete_and_the_next_run_says_which() {
    let sandbox = project();
    let before = files(&sandbox);
    let args = [
        "add",
        "tool",
        "get-weather",
        "-d",
        "Weather",
        "-y",
        "--read-only",
    ];
    done(&sandbox, &args);
    let after = files(&sandbox);
    done(&sandbox, &["remove", "tool", "get-weather", "-y"]);
    let program = assert_cmd::cargo::cargo_bin("create-mcp-server");
    for round in (0..40).step_by(every(4)) {
        let mut child = std::process::Command::new(&program)
            .args(args)
            .current_dir(sandbox.path(PROJECT))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program runs");
        thread::sleep(Duration::from_micros(round * 700));
        child.kill().expect("kill");
        child.wait().expect("wait");
        let again = done(&sandbox, &args);
        let said = again.stderr.contains("added") || again.stderr.contains("nothing to do");
        assert!(said, "{}", again.stderr);
        assert_eq!(files(&sandbox), after, "round {round}");
        done(&sandbox, &["remove", "tool", "get-weather", "-y"]);
        assert_eq!(files(&sandbox), before, "round {round}");
    }
}
