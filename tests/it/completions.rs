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
