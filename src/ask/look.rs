//! How questions look: dialoguer's colors, in lines that fit the terminal.

use std::fmt::{self, Write};

use dialoguer::theme::{ColorfulTheme, Theme};

/// How far the lines below a question are indented.
pub const INDENT: &str = "  ";

/// `text`, which may be styled, in lines of at most `width` columns.
pub fn wrapped(text: &str, width: usize, first: &str, rest: &str) -> Vec<String> {
    let options = textwrap::Options::new(width)
        .initial_indent(first)
        .subsequent_indent(rest)
        // A name stays whole.
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    let lines = textwrap::wrap(text, options);
    lines.into_iter().map(Into::into).collect()
}

pub fn styled(format: impl Fn(&mut dyn Write) -> fmt::Result) -> String {
    let mut text = String::new();
    // Writing to memory cannot fail.
    let _ = format(&mut text);
    text
}

/// How a list looks. dialoguer gets the positions of the choices for their texts: it knows how many lines they take from
/// what is written here only.
pub struct List<'a> {
    pub theme: &'a ColorfulTheme,
    pub width: usize,
    pub keys: String,
    pub texts: Vec<String>,
    /// What stands before the second line of a choice.
    pub indent: String,
}

impl List<'_> {
    /// The keys, with room for the number of the page, which dialoguer adds.
    pub fn hint(&self) -> Vec<String> {
        let room = " [Page 10/10] ".len();
        let width = self.width.saturating_sub(room).max(1);
        wrapped(&self.keys, width, INDENT, INDENT)
    }

    /// How many lines the longest choice takes.
    pub fn tallest(&self) -> usize {
        let heights = self
            .texts
            .iter()
            .map(|text| self.fitted(&format!("{INDENT}{text}")).len());
        heights.max().unwrap_or(1)
    }

    fn fitted(&self, text: &str) -> Vec<String> {
        wrapped(text, self.width, "", &self.indent)
    }

    fn write_hint(&self, f: &mut dyn Write) -> fmt::Result {
        let hint = self.hint().join("\n");
        write!(f, "{}", self.theme.hint_style.apply_to(hint))
    }

    fn write_item(
        &self,
        f: &mut dyn Write,
        position: &str,
        style: impl Fn(&ColorfulTheme, &mut dyn Write, &str) -> fmt::Result,
    ) -> fmt::Result {
        let at: usize = position.parse().map_err(|_| fmt::Error)?;
        let text = styled(|f| style(self.theme, f, &self.texts[at]));
        f.write_str(&self.fitted(&text).join("\n"))
    }
}

impl Theme for List<'_> {
    fn format_select_prompt(&self, f: &mut dyn Write, _prompt: &str) -> fmt::Result {
        self.write_hint(f)
    }

    fn format_select_prompt_item(
        &self,
        f: &mut dyn Write,
        position: &str,
        active: bool,
    ) -> fmt::Result {
        self.write_item(f, position, |theme, f, text| {
            theme.format_select_prompt_item(f, text, active)
        })
    }

    fn format_multi_select_prompt(&self, f: &mut dyn Write, _prompt: &str) -> fmt::Result {
        self.write_hint(f)
    }

    fn format_multi_select_prompt_item(
        &self,
        f: &mut dyn Write,
        position: &str,
        checked: bool,
        active: bool,
    ) -> fmt::Result {
        self.write_item(f, position, |theme, f, text| {
            theme.format_multi_select_prompt_item(f, text, checked, active)
        })
    }
}
