//! The example in a generated README, worked through as its reader would: it says what a first real tool costs.

use std::fs;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use libtest_mimic::Trial;

use crate::environment::Environment;
use crate::language::Language;
use crate::projects::passes;
use crate::python;
use crate::support::{PROGRAM, Project, run};
use crate::trial;

pub fn trials() -> Vec<Trial> {
    let trials = Language::ALL.map(|language| {
        let name = format!("worked_example::of_the_{language}_readme_works_as_it_stands");
        trial(name, move || works(language))
    });
    trials.into()
}

fn works(language: Language) -> Result<()> {
    let project = language.project("example", "example-server", &[("starter", "minimal")])?;
    let readme = fs::read_to_string(project.dir.join("README.md"))?;
    let (_, section) = readme
        .split_once("### State, settings, errors, dependencies\n")
        .context("the section of the example")?;
    let (section, _) = section.split_once("\n## ").context("the next section")?;
    let fence = format!("```{language}\n");
    let blocks: Vec<&str> = section
        .split(&*fence)
        .skip(1)
        .filter_map(|block| block.split("```").next())
        .collect();
    let command = section.split('`').find(|code| code.contains(" add tool "));
    let words = command.context("its command")?.split_whitespace().skip(1);
    let mut add = Command::new(PROGRAM);
    add.args(words)
        .args(["--yes", "--quiet"])
        .current_dir(&project.dir);
    run(&mut add)?;
    match language {
        Language::Rust => fill_in_rust(&project, &blocks)?,
        Language::Python => fill_in_python(&project, &blocks)?,
    }
    fs::write(
        project.dir.join("forecast.json"),
        r#"{"example": 21.5, "Paris": 18}"#,
    )?;
    passes(&language.to_string(), &project, &Environment::default())?;
    for (city, expected) in [("Paris", "18"), ("Rome", "there is no forecast for `Rome`")] {
        let mut call = match language {
            Language::Rust => Command::new(PROGRAM),
            Language::Python => python::with_tools(&project.dir)?,
        };
        call.args(["call", "forecast", &format!("city={city}")]);
        let output = call.current_dir(&project.dir).output()?;
        let shown = String::from_utf8_lossy(&output.stdout).into_owned()
            + &String::from_utf8_lossy(&output.stderr);
        ensure!(shown.contains(expected), "{city}: {shown}");
        let fails = city == "Rome";
        let code = output.status.code();
        ensure!(code == Some(if fails { 4 } else { 0 }), "{city}: {shown}");
    }
    Ok(())
}

/// The field, the reply, the body.
fn fill_in_rust(project: &Project, blocks: &[&str]) -> Result<()> {
    let [field, reply, body] = blocks else {
        anyhow::bail!("{} blocks", blocks.len());
    };
    edit(project, "src/config.rs", |text| {
        text.replacen(
            "pub struct Settings {\n",
            &format!("pub struct Settings {{\n{field}"),
            1,
        )
    })?;
    edit(project, "src/tools/forecast.rs", |text| {
        text.replacen("struct Reply {\n    arguments: Forecast,\n}\n", reply, 1)
            .replacen("        Ok(Json(Reply { arguments }))\n", body, 1)
    })
}

/// The field, the imports, the reply, the body; and what the test beside the tool says that it replies.
fn fill_in_python(project: &Project, blocks: &[&str]) -> Result<()> {
    let [field, imports, reply, body] = blocks else {
        anyhow::bail!("{} blocks", blocks.len());
    };
    edit(project, "src/example_server/config.py", |text| {
        text.replacen("    log: str", &format!("{field}    log: str"), 1)
    })?;
    edit(project, "src/example_server/tools/forecast.py", |text| {
        let (standard, others) = imports.split_once("\n\n").unwrap_or((imports, ""));
        let (first, rest) = others.split_once('\n').unwrap_or((others, ""));
        text.replacen("from typing", &format!("{standard}\nfrom typing"), 1)
            .replacen(
                "from mcp.server.mcpserver import MCPServer\n",
                &format!("{first}\nfrom mcp.server.mcpserver import MCPServer\n{rest}"),
                1,
            )
            .replacen(
                "class Reply(BaseModel):\n    arguments: dict[str, object] = Field(description=\"The arguments, as they were understood.\")\n",
                reply,
                1,
            )
            .replacen("        return Reply(arguments={\"city\": city})\n", body, 1)
    })?;
    edit(project, "tests/test_forecast_tool.py", |text| {
        text.replacen("{\"arguments\": arguments}", "{\"degrees\": 21.5}", 1)
    })
}

fn edit(project: &Project, path: &str, change: impl Fn(&str) -> String) -> Result<()> {
    let path = project.dir.join(path);
    let text = fs::read_to_string(&path)?;
    let changed = change(&text);
    ensure!(changed != text, "nothing to replace in {}", path.display());
    Ok(fs::write(path, changed)?)
}
