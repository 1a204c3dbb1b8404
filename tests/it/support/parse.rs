//! Reading generated files with parsers that we did not write.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
};

use create_mcp_server::template::escape::FileType;
use pulldown_cmark::{Event, Parser, Tag, TagEnd};

/// Whether the file at `path` is what its name says, without leftovers of the template.
pub fn well_formed(path: &str, text: &str) -> Result<(), String> {
    syntax(path, text)?;
    for delimiter in ["<%", "%>", "\r"] {
        if text.contains(delimiter) {
            return Err(format!("has {delimiter:?}"));
        }
    }
    if !text.is_empty() && (!text.ends_with('\n') || text.ends_with("\n\n")) {
        return Err("does not end with exactly one line end".to_owned());
    }
    let license = path.starts_with("LICENSE");
    // PEP 8 has two blank lines between definitions.
    let gap = if is_python(path) {
        "\n\n\n\n"
    } else {
        "\n\n\n"
    };
    if !license && (text.starts_with('\n') || text.contains(gap)) {
        return Err("has blank lines too many".to_owned());
    }
    match text.lines().position(|line| line != line.trim_end()) {
        Some(line) if !license => Err(format!("line {} ends with white space", line + 1)),
        _ => Ok(()),
    }
}

/// Whether the text parses as its file type.
pub fn syntax(path: &str, text: &str) -> Result<(), String> {
    match FileType::of(path) {
        FileType::Toml => toml(text).map(drop),
        FileType::Json => json(text).map(drop),
        FileType::Yaml => yaml(text).map(drop),
        FileType::Dockerfile => labels(text).map(drop),
        _ if Path::new(path).extension().is_some_and(|end| end == "rs") => syn::parse_file(text)
            .map(drop)
            .map_err(|error| error.to_string()),
        _ => Ok(()),
    }
}

pub fn is_python(path: &str) -> bool {
    Path::new(path).extension().is_some_and(|end| end == "py")
}

/// Whether Python can parse all of `sources`, which one process does.
pub fn python(sources: &BTreeSet<String>) -> Result<(), String> {
    python_strings(sources).map(drop)
}

/// Whether a source has this text as a string literal.
pub fn holds(path: &str, source: &str, text: &str) -> bool {
    if is_python(path) {
        let found = python_strings(&[source.to_owned()].into());
        return found.is_ok_and(|found| found.contains(text));
    }
    source.contains(&format!("{text:?}"))
}

/// The string literals of all of `sources`, those that stand beside each other joined.
fn python_strings(sources: &BTreeSet<String>) -> Result<BTreeSet<String>, String> {
    const PARSE: &str = "import ast, json, sys\nfound = set()\nfor text in json.load(sys.stdin):\n  try: tree = ast.parse(text)\n  \
        except SyntaxError as error: sys.exit(f'{error}\\n{text}')\n  \
        found |= {it.value for it in ast.walk(tree) if isinstance(it, ast.Constant) and isinstance(it.value, str)}\n\
        print(json.dumps(list(found)))";
    let mut process = Command::new(super::python())
        .args(["-c", PARSE])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("python3: {error}"))?;
    let input = serde_json::to_string(sources).map_err(|error| error.to_string())?;
    let mut stdin = process.stdin.take().expect("a pipe");
    stdin
        .write_all(input.as_bytes())
        .map_err(|error| error.to_string())?;
    drop(stdin);
    let output = process
        .wait_with_output()
        .map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    serde_json::from_slice(&output.stdout).map_err(|error| error.to_string())
}

pub fn toml(text: &str) -> Result<toml_edit::DocumentMut, String> {
    text.parse()
        .map_err(|error: toml_edit::TomlError| error.to_string())
}

pub fn json(text: &str) -> Result<serde_json::Value, String> {
    serde_json::from_str(text).map_err(|error| error.to_string())
}

pub fn yaml(text: &str) -> Result<serde_json::Value, String> {
    serde_yaml_ng::from_str(text).map_err(|error| error.to_string())
}

/// The labels of a Dockerfile, read as `BuildKit` reads them (`frontend/dockerfile/shell/lex.go`): in double quotes a
/// backslash escapes `"`, `$` and itself, and any other `$` is a variable, which is an error here.
pub fn labels(text: &str) -> Result<BTreeMap<String, String>, String> {
    let mut labels = BTreeMap::new();
    for line in text.lines().filter_map(|line| line.strip_prefix("LABEL ")) {
        let (key, quoted) = line.split_once("=\"").ok_or(line)?;
        let (mut value, mut rest) = (String::new(), quoted.chars().peekable());
        loop {
            match rest
                .next()
                .ok_or_else(|| format!("is not closed: {line}"))?
            {
                '"' => break,
                '$' => return Err(format!("expands a variable: {line}")),
                '\\' => value.push(rest.next_if(|c| "\"$\\".contains(*c)).unwrap_or('\\')),
                c => value.push(c),
            }
        }
        if rest.next().is_some() {
            return Err(format!("has text after the quote: {line}"));
        }
        labels.insert(key.to_owned(), value);
    }
    Ok(labels)
}

/// The text of the first heading and of the first paragraph, as a reader sees them. Anything in them that is not plain
/// text shows as an event of the parser.
pub fn title_and_lead(markdown: &str) -> (String, String) {
    let mut blocks = Vec::new();
    for event in Parser::new(markdown) {
        match event {
            Event::Start(Tag::Heading { .. } | Tag::Paragraph) => blocks.push(String::new()),
            Event::End(TagEnd::Paragraph) if blocks.len() == 2 => break,
            Event::End(TagEnd::Heading(_)) => {}
            Event::Text(text) => blocks.last_mut().expect("text in a block").push_str(&text),
            other => {
                let block = blocks.last_mut().expect("markup in a block");
                let _ = write!(block, "{other:?}");
            }
        }
    }
    let mut blocks = blocks.into_iter();
    (
        blocks.next().unwrap_or_default(),
        blocks.next().unwrap_or_default(),
    )
}
