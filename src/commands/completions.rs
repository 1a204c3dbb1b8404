//! `completions`: a script for a shell, with the flags that the templates bring.

use crate::{
    cli::{self, CompletionsArgs},
    template::Template,
    ui::Ui,
};

/// Print the script to stdout.
pub fn run(args: &CompletionsArgs, templates: &[Template<'_>], ui: Ui) {
    let mut command = cli::command(templates);
    let name = command.get_name().to_owned();
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, name, &mut script);
    ui.data(String::from_utf8_lossy(&script).trim_end());
}
