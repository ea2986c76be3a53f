//! Typed access to the keys of a config.json, with errors that name file, key, problem and remedy.

use serde_json::{Map, Value};

use super::error::GeometryError;

/// Largest number accepted for any key: far above every published model, low enough to catch nonsense.
const MAX_VALUE: u64 = 1 << 24;

/// The keys of one JSON object in one file. A `null` counts as absent, as in Hugging Face's configuration classes.
#[derive(Clone, Copy)]
pub(super) struct Fields<'a> {
    file: &'a str,
    /// Key of the object within the file, empty for the top level.
    section: &'a str,
    object: &'a Map<String, Value>,
}

impl<'a> Fields<'a> {
    /// The top level of a file.
    pub(super) fn top(file: &'a str, object: &'a Map<String, Value>) -> Self {
        Self { file, section: "", object }
    }

    /// The object at `key`, if there is one.
    pub(super) fn section(&self, key: &'a str) -> Option<Self> {
        let object = self.object.get(key)?.as_object()?;
        Some(Self { file: self.file, section: key, object })
    }

    /// The value of `key` unless absent or `null`.
    pub(super) fn value(&self, key: &str) -> Option<&'a Value> {
        self.object.get(key).filter(|value| !value.is_null())
    }

    /// A whole number, zero included.
    pub(super) fn natural(&self, key: &str) -> Result<Option<u64>, GeometryError> {
        self.value(key)
            .map(|value| whole(value).map_err(|problem| self.wrong_number(key, problem)))
            .transpose()
    }

    /// A whole number above zero.
    pub(super) fn positive(&self, key: &str) -> Result<Option<u64>, GeometryError> {
        match self.natural(key)? {
            Some(0) => Err(self.wrong_number(key, "is 0".to_owned())),
            number => Ok(number),
        }
    }

    /// A whole number above zero that has to be there.
    pub(super) fn required(&self, key: &str) -> Result<u64, GeometryError> {
        self.positive(key)?
            .ok_or_else(|| self.error(key, "is missing", "add it: the geometry depends on it"))
    }

    /// `true` or `false`.
    pub(super) fn flag(&self, key: &str) -> Result<Option<bool>, GeometryError> {
        self.value(key)
            .map(|value| {
                let problem = || self.error(key, format!("is {value}"), "write true or false");
                value.as_bool().ok_or_else(problem)
            })
            .transpose()
    }

    /// A string.
    pub(super) fn text(&self, key: &str) -> Result<Option<&'a str>, GeometryError> {
        self.value(key)
            .map(|value| {
                let problem = || self.error(key, format!("is {value}"), "write a string");
                value.as_str().ok_or_else(problem)
            })
            .transpose()
    }

    /// A list of strings.
    pub(super) fn texts(&self, key: &str) -> Result<Option<Vec<&'a str>>, GeometryError> {
        let problem =
            || self.error(key, "is not a list of strings", "write a JSON array of strings");
        self.value(key)
            .map(|value| {
                let list = value.as_array().ok_or_else(problem)?;
                list.iter().map(|entry| entry.as_str().ok_or_else(problem)).collect()
            })
            .transpose()
    }

    /// An error at `key`.
    pub(super) fn error(
        &self,
        key: &str,
        problem: impl Into<String>,
        remedy: impl Into<String>,
    ) -> GeometryError {
        let key = if self.section.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.section)
        };
        GeometryError::Config {
            file: self.file.to_owned(),
            key,
            problem: problem.into(),
            remedy: remedy.into(),
        }
    }

    fn wrong_number(&self, key: &str, problem: String) -> GeometryError {
        self.error(
            key,
            problem,
            format!("write a whole number from 1 to {MAX_VALUE}, without quotes"),
        )
    }
}

fn whole(value: &Value) -> Result<u64, String> {
    let Value::Number(number) = value else {
        return Err(match value {
            Value::String(text) => format!("is the string \"{text}\", not a number"),
            other => format!("is {other}, not a number"),
        });
    };
    match number.as_u64() {
        Some(number) if number <= MAX_VALUE => Ok(number),
        Some(number) => Err(format!("is {number}, too large")),
        None if number.as_f64().is_some_and(|number| number < 0.0) => {
            Err(format!("is {number}, negative"))
        }
        None => Err(format!("is {number}, not a whole number")),
    }
}
