//! The first word that is no flag decides what a command line means.

use std::ffi::OsString;

use create_mcp_server::{
    cli::{self, Cli, Verb},
    error::{self, Code},
    template::embedded,
};

fn parse(args: &[OsString]) -> anyhow::Result<Cli> {
    let templates = embedded().expect("templates load");
    let program = OsString::from("create-mcp-server");
    cli::parse([&[program][..], args].concat(), &templates)
}

fn words(line: &str) -> Vec<OsString> {
    line.split(' ').map(OsString::from).collect()
}

/// The verb with its path or its command.
fn meaning(line: &str) -> String {
    let cli = parse(&words(line)).unwrap_or_else(|error| panic!("`{line}`: {error:#}"));
    let shown = |path: Option<std::path::PathBuf>| path.unwrap_or_default().display().to_string();
    match cli.verb {
        Verb::New(args) => format!("new {} {}", shown(args.path), args.name.unwrap_or_default()),
        Verb::Check(args) => format!("check {} {:?}", shown(args.path), args.command),
        Verb::Call(args) => format!("call {args:?}"),
        Verb::Install(args) => format!("install {}", shown(args.path)),
        Verb::Uninstall(args) => format!("uninstall {}", shown(args.path)),
        Verb::Add(_) => "add".to_owned(),
        Verb::Remove(args) => format!("remove {}", args.name),
        Verb::List => "list".to_owned(),
        Verb::Completions(args) => format!("completions {}", args.shell),
    }
}

#[test]
fn flags_and_their_values_are_not_the_first_word() {
    for line in [
        "-n list dir",
        "-nlist dir",
        "-n=list dir",
        "-yn list dir",
        "-vyn list dir",
        "--name list dir",
        "--name=list dir",
        "--color never --starter minimal --name list dir",
        "new -n list dir",
        "-n list new dir",
        "dir -n list",
    ] {
        assert_eq!(meaning(line), "new dir list", "`{line}`");
    }
    for (line, meant) in [
        ("-d check dir", "new dir "),
        ("--answers list --yes", "new  "),
        ("check x --strict", "check x []"),
        ("--strict check x", "check x []"),
        ("--timeout 5 --call new={} check x", "check x []"),
        ("--env list=new check", "check  []"),
        ("check -- list", "check  [\"list\"]"),
        ("check -- new --name", "check  [\"new\", \"--name\"]"),
        ("--json list", "list"),
        ("completions bash", "completions bash"),
    ] {
        assert_eq!(meaning(line), meant, "`{line}`");
    }
}

#[test]
fn a_project_can_be_called_as_a_verb() {
    for line in [
        "-- list",
        "--json -- list",
        "new list",
        "new -- list",
        "./list",
    ] {
        let meant = meaning(line);
        assert!(
            meant.starts_with("new ") && meant.contains("list"),
            "{meant}"
        );
    }
    for line in ["./chek", "chek.x", "a/list", "checkers-x", "chx", "-"] {
        assert!(meaning(line).starts_with(&format!("new {line}")), "{line}");
    }
}

#[test]
fn what_is_almost_a_verb_or_two_words_is_refused_with_the_fix() {
    for (line, verb) in [
        ("chekc", "check"),
        ("chek", "check"),
        ("chck", "check"),
        ("nwe", "new"),
        ("ilst", "list"),
        ("hepl", "help"),
        ("instal", "install"),
        ("unistal", "uninstall"),
        ("copmletion", "completions"),
        ("ad tool get-weather", "add"),
        ("lst extra", "list"),
    ] {
        let error = parse(&words(line)).expect_err(line);
        assert_eq!(error::code(&error), Code::Usage, "`{line}`: {error:#}");
        let word = line.split(' ').next().expect("a word");
        let said = format!("unknown command `{word}`; did you mean `{verb}`?");
        assert_eq!(error.to_string(), said);
        let hint = format!("to create a project of that name: `new {word}`");
        assert_eq!(error::hint(&error), Some(&*hint));
    }
    for (line, fix) in [
        ("dir list", "create-mcp-server list dir"),
        ("dir --no-git -n x check", "create-mcp-server check dir"),
    ] {
        let error = parse(&words(line)).expect_err(line);
        assert_eq!(error::code(&error), Code::Usage, "`{line}`: {error:#}");
        let hint = error::hint(&error).expect("a hint");
        assert!(hint.contains(fix), "`{line}`: {hint}");
    }
    // A value is no second word.
    assert_eq!(meaning("dir --description list"), "new dir ");
}

#[test]
fn a_word_is_a_name_unless_it_stands_alone_and_is_almost_a_verb() {
    for word in [
        "hello",
        "git",
        "web",
        "dev",
        "news",
        "shell",
        "chess",
        "chef",
        "helm",
        "lint",
        "kit",
        "emp",
        "installer",
        "checkout",
        "notes",
    ] {
        assert_eq!(meaning(word), format!("new {word} "));
    }
    for line in [
        "chekc --yes",
        "--json lst",
        "nwe --no-git",
        "--color never ilst",
    ] {
        assert!(meaning(line).starts_with("new "), "{line}");
    }
}

#[cfg(unix)]
#[test]
fn a_person_is_asked_what_a_misspelled_verb_means() {
    use crate::support::{
        sandbox::Sandbox,
        terminal::{self, CTRL_C, DOWN, ENTER},
    };
    let program = assert_cmd::cargo::cargo_bin("create-mcp-server");
    let run = |word, answers: &[(&str, &str)]| {
        let sandbox = Sandbox::new();
        terminal::run(&program, &[word], &sandbox.path(""), answers)
    };
    let verb = run("lst", &[("What did you mean?", ENTER)]);
    assert_eq!(verb.code, Some(0), "{}", verb.text());
    assert!(verb.text().contains("Languages"), "{}", verb.text());
    let name = run(
        "lst",
        &[
            ("What did you mean?", DOWN),
            ("new lst", ENTER),
            ("In which language?", CTRL_C),
        ],
    );
    assert_eq!(name.code, Some(130), "{}", name.text());
    let name = run("news", &[("In which language?", CTRL_C)]);
    assert_eq!(name.code, Some(130), "{}", name.text());
}

#[cfg(unix)]
#[test]
fn words_that_are_no_text_are_paths() {
    use std::os::unix::ffi::OsStringExt as _;
    let word = OsString::from_vec(b"\xff\xfe".to_vec());
    let cli = parse(&[word.clone(), "--yes".into()]).expect("parses");
    let Verb::New(args) = cli.verb else {
        panic!("not new")
    };
    assert_eq!(args.path, Some(word.clone().into()));
    parse(&["--name".into(), word]).expect_err("a name is text");
}

#[test]
fn the_last_of_two_opposite_flags_wins() {
    for (line, git, build) in [
        ("x", true, None),
        ("x --git --no-git --no-build --build", false, Some(true)),
        ("x --no-git --git --build --no-build", true, Some(false)),
    ] {
        let Verb::New(args) = parse(&words(line)).expect(line).verb else {
            panic!("not new")
        };
        assert_eq!(
            (!args.no_git, args.build_choice()),
            (git, build),
            "`{line}`"
        );
    }
}
