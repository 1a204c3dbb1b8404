//! `completions`: a script for a shell, with the flags that the templates bring.

use serde_json::json;

use crate::{
    cli::{self, CompletionsArgs},
    template::Template,
    ui::Ui,
};

/// Print the script to stdout, or with `--json` an object with `shell` and `script`.
pub fn run(args: &CompletionsArgs, templates: &[Template<'_>], ui: Ui) {
    let mut command = cli::command(templates);
    let name = command.get_name().to_owned();
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, name, &mut script);
    let script = String::from_utf8_lossy(&script);
    if ui.json() {
        ui.value(&json!({ "shell": args.shell.to_string(), "script": script }));
    } else {
        ui.data(script.trim_end());
    }
}
