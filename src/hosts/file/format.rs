//! A host's file in its format: read, and one thing in it changed. Pure.

use anyhow::Result;

use super::File;
use crate::{
    edit::{BOM, Problem, data::Data, json, toml, yaml},
    error::Failure,
    hosts::{Format, Host, entry::INPUTS},
};

impl File<'_> {
    pub(super) fn read(&self, text: &str) -> Result<Data> {
        if !self.host.reads_bom && text.starts_with(BOM) {
            return Err(self.no_bom().into());
        }
        let read = match self.host.format {
            Format::Json(dialect) => json::read(text, dialect),
            Format::Toml => toml::read(text),
            Format::Yaml => yaml::read(text),
        };
        read.map_err(|problem| self.refusal(&problem).into())
    }

    pub(super) fn set(&self, text: &str, path: &[&str], value: &Data) -> Result<String> {
        let edited = match self.host.format {
            Format::Json(dialect) => json::set(text, dialect, path, value),
            Format::Toml => toml::set(text, path, value),
            Format::Yaml => yaml::set(text, path, value),
        };
        edited.map_err(|problem| self.refusal(&problem).into())
    }

    /// Set a member of an entry that is there.
    pub(super) fn put(&self, text: &str, path: &[&str], value: &Data) -> Result<String> {
        let edited = match self.host.format {
            Format::Json(dialect) => json::set(text, dialect, path, value),
            Format::Toml => toml::put(text, path, value),
            Format::Yaml => yaml::set(text, path, value),
        };
        edited.map_err(|problem| self.refusal(&problem).into())
    }

    pub(super) fn cut(&self, text: &str, path: &[&str]) -> Result<String> {
        let edited = match self.host.format {
            Format::Json(dialect) => json::remove(text, dialect, path),
            Format::Toml => toml::remove(text, path),
            Format::Yaml => yaml::remove(text, path),
        };
        edited.map_err(|problem| self.refusal(&problem).into())
    }

    pub(super) fn push(&self, text: &str, input: &Data) -> Result<String> {
        let edited = match self.host.format {
            Format::Json(dialect) => json::push(text, dialect, &[INPUTS], input),
            Format::Toml | Format::Yaml => Ok(text.to_owned()),
        };
        edited.map_err(|problem| self.refusal(&problem).into())
    }

    pub(super) fn pull(&self, text: &str, input: &Data) -> Result<String> {
        let edited = match self.host.format {
            Format::Json(dialect) => json::pull(text, dialect, &[INPUTS], input),
            Format::Toml | Format::Yaml => Ok(text.to_owned()),
        };
        edited.map_err(|problem| self.refusal(&problem).into())
    }

    fn refusal(&self, problem: &Problem) -> Failure {
        let Problem {
            message,
            line,
            column,
        } = problem;
        let shown = self.shown;
        Failure::failed(format!("cannot edit `{shown}:{line}:{column}`: {message}"))
            .hint("nothing was written; repair the file there, then run the command again")
    }

    fn no_bom(&self) -> Failure {
        let (shown, title) = (self.shown, self.host.title);
        Failure::failed(format!(
            "cannot edit `{shown}:1:1`: it begins with a byte order mark, which {title} does not accept"
        ))
        .hint("nothing was written; save the file as UTF-8 without a byte order mark")
    }
}

/// An entry under `path`, as files of `host` write it.
pub(super) fn snippet(host: &Host, path: &[&str], value: &Data) -> String {
    match host.format {
        Format::Toml => toml::table(path, value, "\n").trim_end().to_owned(),
        Format::Yaml => yaml::block(path, value, "\n").trim_end().to_owned(),
        Format::Json(_) => json::document(&path.iter().rev().fold(value.clone(), |inner, key| {
            Data::Map(vec![((*key).to_owned(), inner)])
        })),
    }
}
