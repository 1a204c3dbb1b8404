//! README's picture of a run on a terminal: drawn from a real one, so that it cannot go stale.

use std::{fmt::Write as _, fs, path::Path};

use anstyle::{Ansi256Color, AnsiColor, Color, Effects, RgbColor, Style};
use anyhow::{Context as _, Result, ensure};
use libtest_mimic::Trial;

use crate::{
    support::{PROGRAM, generated},
    terminal::{self, ENTER},
    trial,
};

pub fn trials() -> Vec<Trial> {
    vec![trial(
        "picture::readme_shows_what_a_run_looks_like".to_owned(),
        readme_shows_what_a_run_looks_like,
    )]
}

fn readme_shows_what_a_run_looks_like() -> Result<()> {
    let directory = generated().join("picture");
    if directory.exists() {
        fs::remove_dir_all(&directory)?;
    }
    fs::create_dir_all(&directory)?;
    let answers = [
        ("project called?", ENTER),
        ("In which language?", ENTER),
        ("offer at first?", ENTER),
        ("reach it?", ENTER),
        ("other defaults?", ENTER),
        ("Build it now", ENTER),
    ];
    let screen = terminal::run(Path::new(PROGRAM), &[], &directory, &answers);
    ensure!(screen.code == Some(0), "{}", screen.text());
    let drawn = format!("$ create-mcp-server\n{}", ansi(&screen));
    let svg = anstyle_svg::Term::new().render_svg(&drawn);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(".github/terminal.svg");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        return fs::write(&path, svg).context("write the picture");
    }
    let committed = fs::read_to_string(&path).context("read the picture")?;
    ensure!(
        without_times(&committed) == without_times(&svg),
        "{} is stale; draw it anew: UPDATE_GOLDEN=1 cargo test --test e2e picture\n{}",
        path.display(),
        screen.text()
    );
    Ok(())
}

/// The screen as text with colors, without anything that moves the cursor.
fn ansi(screen: &terminal::Screen) -> String {
    let cells = screen.parser.screen();
    let (rows, columns) = cells.size();
    let (rows, columns) = (rows.get(), columns.get());
    let mut lines = Vec::new();
    for row in 0..rows {
        let mut line = String::new();
        for cell in (0..columns).filter_map(|column| cells.cell(row, column)) {
            let style = style(cell);
            let text = if cell.has_contents() {
                cell.contents()
            } else {
                " "
            };
            let _ = write!(line, "{style}{text}{style:#}");
        }
        let plain = cells.contents_between(row, 0, row, columns);
        lines.push(if plain.trim().is_empty() {
            String::new()
        } else {
            line
        });
    }
    let text = lines.join("\n");
    format!("{}\n", text.trim_end())
}

fn style(cell: &vt100::Cell) -> Style {
    let effects = Effects::new()
        .set(Effects::BOLD, cell.bold())
        .set(Effects::DIMMED, cell.dim());
    Style::new()
        .effects(effects)
        .fg_color(color(cell.fgcolor()))
}

fn color(color: vt100::Color) -> Option<Color> {
    match color {
        vt100::Color::Default => None,
        vt100::Color::Idx(index) => Some(match Ansi256Color(index).into_ansi() {
            Some(color) => AnsiColor::into(color),
            None => Ansi256Color(index).into(),
        }),
        vt100::Color::Rgb(r, g, b) => Some(RgbColor(r, g, b).into()),
    }
}

/// The text of a picture with every time in it taken out, and spaces with them: times differ from run to run.
fn without_times(svg: &str) -> String {
    let mut text = String::new();
    for piece in svg.split('<').skip(1) {
        text.push_str(piece.split_once('>').map_or("", |(_, text)| text));
    }
    let mut words: Vec<&str> = Vec::new();
    for word in text.split_whitespace() {
        let unit = matches!(word, "ms" | "s" | "-");
        let number = |word: &str| word.trim_end_matches(',').parse::<f64>().is_ok();
        if unit && words.last().is_some_and(|last| number(last)) {
            words.pop();
        } else {
            words.push(word);
        }
    }
    words.join(" ")
}
