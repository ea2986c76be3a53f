//! Models known by name: the needed keys of their published config.json.

use serde_json::{Map, Value};

use super::config;
use super::error::GeometryError;
use super::fields::Fields;
use super::model::Model;
use super::near::{near, short};

/// The keys of each model's config.json at its Hugging Face repository, named `organisation/model`.
///
/// `torch_dtype` of gpt-oss is not in its config.json: attention is exempt from quantisation and stored as bfloat16.
/// Its `layer_types`, which alternate, follow from `model_type`.
const PRESETS: &str = include_str!("presets.json");
const FILE: &str = "presets.json";

/// Names of all presets.
pub fn preset_names() -> Vec<String> {
    table().map(|table| table.keys().cloned().collect()).unwrap_or_default()
}

/// The preset `name`, with or without its organisation, in any case.
pub(super) fn find(name: &str) -> Result<Model, GeometryError> {
    let table = table()?;
    let unknown = || GeometryError::UnknownModel {
        name: name.to_owned(),
        near: near(name, table.keys().map(String::as_str)),
    };
    let (full_name, value) =
        table.iter().find(|(full_name, _)| is_named(full_name, name)).ok_or_else(unknown)?;
    let keys = value.as_object().ok_or_else(unknown)?;
    config::read(full_name, &Fields::top(FILE, keys), None)
}

fn table() -> Result<Map<String, Value>, GeometryError> {
    serde_json::from_str(PRESETS)
        .map_err(|source| GeometryError::Json { file: FILE.to_owned(), source })
}

fn is_named(full_name: &str, name: &str) -> bool {
    full_name.eq_ignore_ascii_case(name) || (!name.contains('/') && short(full_name) == short(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_is_found_by_both_names_in_any_case() {
        let names = preset_names();
        assert_eq!(names.len(), 10);
        for name in names {
            let model = find(&name).unwrap();
            assert_eq!(find(&name.to_uppercase()).unwrap(), model);
            assert_eq!(find(&short(&name)).unwrap(), model);
        }
    }

    #[test]
    fn another_organisation_is_another_model() {
        assert!(find("someone/Qwen3-8B").is_err());
    }
}
