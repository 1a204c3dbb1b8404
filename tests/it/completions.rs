//! What shells offer, asked from the shells themselves.

use crate::support::sandbox::Sandbox;

#[test]
fn every_shell_has_a_script() {
    let sandbox = Sandbox::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let run = sandbox.run(&["completions", shell]);
        assert_eq!(run.code, Some(0), "{shell}");
        assert!(run.stdout.contains("create-mcp-server"), "{shell}");
    }
}

/// Both say for each shell what goes where, each command on a line of its own that fits.
#[test]
fn the_readme_and_help_say_where_a_script_goes() {
    let readme = include_str!("../../README.md").replace("\\|", "|");
    let help = Sandbox::new().run(&["completions", "--help"]).stdout;
    for (command, place) in [
        ("source <(create-mcp-server completions bash)", "~/.bashrc"),
        ("source <(create-mcp-server completions zsh)", "~/.zshrc"),
        (
            "create-mcp-server completions fish | source",
            "~/.config/fish/config.fish",
        ),
        (
            "create-mcp-server completions powershell | Out-String | Invoke-Expression",
            "$PROFILE",
        ),
        (
            "eval (create-mcp-server completions elvish | slurp)",
            "~/.config/elvish/rc.elv",
        ),
    ] {
        let mut lines = readme.lines().filter(|line| line.contains(command));
        let line = lines.next().expect(command);
        assert!(line.contains(place), "{line}");
        let lines: Vec<_> = help.lines().collect();
        let at = lines.iter().position(|line| line.trim() == command);
        let at = at.unwrap_or_else(|| panic!("{command}: {help}"));
        assert!(lines[at - 1].contains(place), "{help}");
        assert!(lines[at].len() < 80, "{help}");
    }
}

/// A new user has the source alone, and no release to fetch.
#[test]
fn the_readme_begins_with_a_clone_and_says_where_the_program_lands() {
    let readme = include_str!("../../README.md");
    let at = |text: &str| {
        readme
            .find(text)
            .unwrap_or_else(|| panic!("README.md lacks {text}"))
    };
    let steps = [
        "git clone URL create-mcp-server",
        "cd create-mcp-server",
        "cargo install --locked --path .",
        "create-mcp-server ../my-server",
    ];
    assert!(steps.is_sorted_by_key(|step| at(step)));
    let first = &readme[..at("## What you get")];
    for text in [
        "~/.cargo/bin",
        "%USERPROFILE%\\.cargo\\bin",
        "PATH",
        "minutes",
        "PowerShell",
    ] {
        assert!(first.contains(text), "{text}");
    }
    let manifest = include_str!("../../Cargo.toml");
    let is_fetched = manifest.contains("binstall");
    assert!(manifest.contains("\nrepository = ") || !is_fetched);
}

#[cfg(target_os = "linux")]
mod asked {
    use std::{path::Path, process::Command};

    use super::Sandbox;
    use crate::support::terminal::{self, Size};

    /// A project in which shells find the program.
    fn project() -> Sandbox {
        let sandbox = Sandbox::new();
        let made = sandbox.run(&["new", ".", "--name", "x-server", "-y", "--no-git", "-q"]);
        assert_eq!(made.code, Some(0), "{}", made.transcript());
        sandbox
    }

    fn path() -> String {
        let program = assert_cmd::cargo::cargo_bin("create-mcp-server");
        let directory = program.parent().expect("a directory").display();
        let path = std::env::var("PATH").expect("a PATH");
        format!("{directory}:{path}")
    }

    /// What a script for a shell prints.
    fn run(sandbox: &Sandbox, shell: &str, args: &[&str]) -> Vec<String> {
        let output = Command::new(shell)
            .args(args)
            .current_dir(sandbox.path(""))
            .env("PATH", path())
            .env("HOME", sandbox.path(""))
            .output()
            .unwrap_or_else(|error| {
                panic!("`{shell}` runs ({error}; `.ci/tools test` installs it)")
            });
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{shell}: {complaint}");
        let text = String::from_utf8_lossy(&output.stdout);
        text.lines().map(str::to_owned).collect()
    }

    /// What bash offers for the last of the words.
    fn bash(sandbox: &Sandbox, line: &str) -> Vec<String> {
        const ASK: &str = r#"
            source <(create-mcp-server completions bash)
            [[ $(complete -p create-mcp-server) =~ -F\ ([^ ]+) ]]
            COMP_WORDS=("$@")
            COMP_CWORD=$(($# - 1))
            COMP_TYPE=9
            "${BASH_REMATCH[1]}" create-mcp-server "${COMP_WORDS[COMP_CWORD]}" "" 2>/dev/null
            printf '%s\n' "${COMPREPLY[@]}"
        "#;
        let args = [&["--norc", "-c", ASK, "bash"], &words(line)[..]].concat();
        run(sandbox, "bash", &args)
    }

    fn fish(sandbox: &Sandbox, line: &str) -> Vec<String> {
        const ASK: &str = "create-mcp-server completions fish | source; complete -C $argv[1]";
        let offered = run(sandbox, "fish", &["--no-config", "-c", ASK, line]);
        let value = |line: &String| line.split('\t').next().unwrap_or_default().to_owned();
        offered.iter().map(value).collect()
    }

    /// What zsh shows when it is asked.
    fn zsh(sandbox: &Sandbox, line: &str, wait: &str) -> String {
        let path = format!("PATH={}", path());
        let args = [&*path, "PS1=> ", "zsh", "-f", "-i"];
        let start = "autoload -U compinit; compinit -u -D; source <(create-mcp-server completions zsh); echo rea''dy\r";
        let keys = format!("{line}\t");
        let answers = [
            ("> ", start),
            ("ready", &*keys),
            // Ctrl-U takes the line away.
            (wait, "\x15exit\r"),
        ];
        let size = Size {
            columns: 120,
            rows: 100,
        };
        let env = Path::new("env");
        let screen = terminal::run_on(size, env, &args, &sandbox.path(""), &answers);
        screen.raw().to_owned()
    }

    /// What a person sees who types `line` and a tab in bash.
    fn bash_typed(sandbox: &Sandbox, line: &str, wait: &str) -> String {
        let path = format!("PATH={}", path());
        let args = [&*path, "PS1=> ", "bash", "--norc", "--noprofile", "-i"];
        let start = "PS1='> '; source <(create-mcp-server completions bash); echo rea''dy\r";
        let keys = format!("{line}\t");
        let answers = [("> ", start), ("ready", &*keys), (wait, "\x15exit\r")];
        let size = Size {
            columns: 120,
            rows: 100,
        };
        let env = Path::new("env");
        let screen = terminal::run_on(size, env, &args, &sandbox.path(""), &answers);
        screen.raw().to_owned()
    }

    fn words(line: &str) -> Vec<&str> {
        line.split(' ').collect()
    }

    /// Lines, and what is offered at their ends.
    const OFFERED: [(&str, &[&str]); 9] = [
        ("create-mcp-server ch", &["check"]),
        (
            "create-mcp-server new foo --starter ",
            &["notes", "minimal", "toolhub"],
        ),
        // The short form.
        (
            "create-mcp-server foo --starter ",
            &["notes", "minimal", "toolhub"],
        ),
        ("create-mcp-server foo --star", &["--starter"]),
        ("create-mcp-server --licen", &["--license"]),
        // After a comma.
        ("create-mcp-server install --host codex,ki", &["codex,kiro"]),
        ("create-mcp-server foo --install zed,cur", &["zed,cursor"]),
        // What the project has.
        ("create-mcp-server remove prompt ", &["summarize-notes"]),
        ("create-mcp-server remove to", &["tool"]),
    ];

    #[test]
    fn bash_offers_what_can_come_next() {
        let sandbox = project();
        for (line, offered) in OFFERED {
            let found = bash(&sandbox, line);
            let values: Vec<_> = found.iter().map(|it| it.trim_end().to_owned()).collect();
            for value in offered {
                assert!(values.iter().any(|it| it == value), "{line}: {values:?}");
            }
        }
        let all = bash(&sandbox, "create-mcp-server new --");
        assert!(all.iter().any(|it| it.trim() == "--install"), "{all:?}");
        for hidden in ["--archived", "--no-claudeapp"] {
            assert!(all.iter().all(|it| it.trim() != hidden), "{all:?}");
            let start = format!("create-mcp-server new {}", &hidden[..hidden.len() - 1]);
            assert!(!bash(&sandbox, &start).contains(&hidden.to_owned()));
        }
    }

    /// What is typed, and what it becomes. Bash splits words at `=`.
    const AFTER_EQUAL_SIGNS: [(&str, &str); 6] = [
        ("create-mcp-server foo --starter=no", "--starter=notes"),
        ("create-mcp-server foo --starter=min", "--starter=minimal"),
        (
            "create-mcp-server foo --starter=notes --licen",
            "--starter=notes --license",
        ),
        (
            "create-mcp-server install --host=codex,ki",
            "--host=codex,kiro",
        ),
        (
            "create-mcp-server foo --install=zed,cur",
            "--install=zed,cursor",
        ),
        (
            "create-mcp-server install --env A=b --host=codex,ki",
            "--host=codex,kiro",
        ),
    ];

    #[test]
    fn bash_offers_values_after_an_equal_sign() {
        let sandbox = project();
        for (line, whole) in AFTER_EQUAL_SIGNS {
            let (_, typed) = line.rsplit_once(['=', ',', '-']).expect("a start");
            let (_, end) = whole.rsplit_once(typed).expect("what is typed is in it");
            let shown = bash_typed(&sandbox, line, end);
            assert!(shown.contains(whole), "{line}: {shown}");
        }
        // A second tab lists all.
        let all = bash_typed(&sandbox, "create-mcp-server foo --starter=\t", "toolhub");
        for value in ["notes", "minimal", "toolhub"] {
            assert!(all.contains(value), "{all}");
        }
        // No value of a variable is known.
        let none = bash(&sandbox, "create-mcp-server install --env A = b");
        assert_eq!(none, [""]);
    }

    #[test]
    fn fish_and_zsh_offer_values_after_an_equal_sign() {
        let sandbox = project();
        for (line, whole) in AFTER_EQUAL_SIGNS {
            let found = fish(&sandbox, line);
            let (_, word) = whole.rsplit_once(' ').unwrap_or(("", whole));
            assert!(found.iter().any(|it| it == word), "{line}: {found:?}");
            let (_, typed) = line.rsplit_once(['=', ',', '-']).expect("a start");
            let (_, end) = whole.rsplit_once(typed).expect("what is typed is in it");
            let shown = zsh(&sandbox, line, end);
            assert!(shown.contains(whole), "{line}: {shown}");
        }
    }

    #[test]
    fn fish_offers_what_can_come_next() {
        let sandbox = project();
        for (line, offered) in OFFERED {
            let found = fish(&sandbox, line);
            for value in offered {
                assert!(found.iter().any(|it| it == value), "{line}: {found:?}");
            }
        }
    }

    #[test]
    fn zsh_offers_what_can_come_next() {
        let sandbox = project();
        let listed = zsh(&sandbox, "create-mcp-server foo --starter ", "toolhub");
        for value in ["notes", "minimal", "toolhub"] {
            assert!(listed.contains(value), "{listed}");
        }
        for (line, whole) in [
            ("create-mcp-server ch", "create-mcp-server check"),
            ("create-mcp-server foo --star", "foo --starter"),
            ("create-mcp-server install --host codex,ki", "codex,kiro"),
            (
                "create-mcp-server remove prompt sum",
                "prompt summarize-notes",
            ),
        ] {
            let (_, end) = whole.rsplit_once(' ').unwrap_or(("", whole));
            let typed = line.rsplit(' ').next().unwrap_or_default();
            let rest = end.strip_prefix(typed).expect("what is typed begins it");
            let screen = zsh(&sandbox, line, rest);
            assert!(screen.contains(whole), "{whole}: {screen}");
        }
    }
}
