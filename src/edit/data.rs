//! A value as configuration files hold it, its keys in the order in which they are written. Pure.

use serde_json::{Map, Value};

/// What a file says, whatever its format.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Data {
    /// Null, a number or a date, as the file writes it.
    Raw(String),
    Bool(bool),
    Text(String),
    List(Vec<Data>),
    Map(Vec<(String, Data)>),
}

impl Data {
    /// A text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// A list of texts.
    pub fn texts<T: Into<String>>(texts: impl IntoIterator<Item = T>) -> Self {
        Self::List(texts.into_iter().map(Self::text).collect())
    }

    /// What stands under `path`.
    #[must_use]
    pub fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |data, key| match data {
            Self::Map(pairs) => pairs.iter().find(|(name, _)| name == key).map(|(_, v)| v),
            _ => None,
        })
    }

    /// The same with `value` under `path`, or (`None`) with nothing there.
    #[must_use]
    pub fn with(self, path: &[&str], value: Option<Self>) -> Self {
        let (Some((key, rest)), Self::Map(mut pairs)) = (path.split_first(), self) else {
            return value.unwrap_or(Self::Map(Vec::new()));
        };
        let known = pairs.iter().position(|(name, _)| name == key);
        if rest.is_empty() && value.is_none() {
            pairs.retain(|(name, _)| name != key);
        } else if let Some(known) = known {
            let inner = std::mem::replace(&mut pairs[known].1, Self::Bool(false));
            pairs[known].1 = if rest.is_empty() {
                value.unwrap_or(inner)
            } else {
                inner.with(rest, value)
            };
        } else if value.is_some() {
            let inner = Self::Map(Vec::new()).with(rest, value);
            pairs.push(((*key).to_owned(), inner));
        }
        Self::Map(pairs)
    }

    /// The same with every map in the order of its keys, for files whose order means nothing.
    #[must_use]
    pub fn sorted(self) -> Self {
        match self {
            Self::Map(pairs) => {
                let sorted = pairs.into_iter().map(|(key, value)| (key, value.sorted()));
                let mut pairs: Vec<_> = sorted.collect();
                pairs.sort();
                Self::Map(pairs)
            }
            Self::List(items) => Self::List(items.into_iter().map(Self::sorted).collect()),
            leaf => leaf,
        }
    }

    /// What it is, as the end of "it is …".
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Raw(text) if text == "null" => "null",
            Self::Raw(_) => "a number or a date",
            Self::Bool(_) => "a boolean",
            Self::Text(_) => "a string",
            Self::List(_) => "an array",
            Self::Map(_) => "an object",
        }
    }
}

impl From<&Data> for Value {
    fn from(data: &Data) -> Self {
        match data {
            Data::Raw(text) => serde_json::from_str(text).unwrap_or_else(|_| text.clone().into()),
            Data::Bool(value) => Self::Bool(*value),
            Data::Text(text) => Self::String(text.clone()),
            Data::List(items) => items.iter().map(Self::from).collect(),
            Data::Map(pairs) => {
                let pairs = pairs.iter().map(|(key, data)| (key.clone(), data.into()));
                Self::Object(pairs.collect::<Map<_, _>>())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_set_and_removed_among_others() {
        let one = Data::Map(vec![("a".to_owned(), Data::Bool(true))]);
        let set = one.clone().with(&["b", "c"], Some(Data::text("x")));
        assert_eq!(set.at(&["b", "c"]), Some(&Data::text("x")));
        assert_eq!(set.at(&["a"]), Some(&Data::Bool(true)));
        let again = set.clone().with(&["b", "c"], Some(Data::text("y")));
        assert_eq!(again.at(&["b", "c"]), Some(&Data::text("y")));
        let removed = again.with(&["b", "c"], None);
        assert_eq!(removed.at(&["b"]), Some(&Data::Map(Vec::new())));
        assert_eq!(removed.with(&["b"], None), one);
    }
}
