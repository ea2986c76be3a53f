//! Counting the tokens of prompts: with the model's tokenizer where there is one, else by estimate.

use std::path::{Path, PathBuf};

use tokenizers::Tokenizer;

use super::Prompt;
use crate::error::{Error, Result};

/// The file of a tokenizer.
const FILE: &str = "tokenizer.json";

/// How prompts are counted.
pub struct Tokens {
    tokenizer: Option<Tokenizer>,
    source: String,
}

impl Tokens {
    /// One token for every four bytes of text.
    pub fn estimated() -> Self {
        Self { tokenizer: None, source: "estimated: a token for every 4 bytes".to_owned() }
    }

    /// The tokenizer of a `tokenizer.json`, or of a folder that holds one.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn load(path: &Path) -> Result<Self> {
        let file = if path.is_dir() { path.join(FILE) } else { path.to_owned() };
        let bytes =
            std::fs::read(&file).map_err(|source| Error::Input { path: file.clone(), source })?;
        let tokenizer = Tokenizer::from_bytes(bytes).map_err(|error| {
            Error::Usage(format!("{} is no tokenizer: {error}", file.display()))
        })?;
        Ok(Self { tokenizer: Some(tokenizer), source: file.display().to_string() })
    }

    /// The tokenizer that lies where clients look for it too: in a folder of the model's name, here or
    /// in the cache of Hugging Face (`HF_HOME`); else an estimate.
    ///
    /// # Errors
    /// There is one, and it cannot be read.
    pub fn find(model: &str) -> Result<Self> {
        let here = Some(PathBuf::from(model)).filter(|folder| folder.join(FILE).is_file());
        match here.or_else(|| cached(&hugging_face()?, model)) {
            Some(folder) => Self::load(&folder),
            None => Ok(Self::estimated()),
        }
    }

    /// The tokenizer's file, or that there is none.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// A text as tokens in blocks of `block_tokens`.
    ///
    /// # Errors
    /// The tokenizer refuses the text: why.
    pub fn prompt(&self, text: &str, block_tokens: u64) -> std::result::Result<Prompt, String> {
        match &self.tokenizer {
            None => Ok(Prompt::estimated(text, block_tokens)),
            Some(tokenizer) => {
                let encoding = tokenizer.encode_fast(text, true);
                let encoding =
                    encoding.map_err(|error| format!("the tokenizer failed: {error}"))?;
                Ok(Prompt::of_ids(encoding.get_ids(), block_tokens))
            }
        }
    }
}

/// Where Hugging Face's libraries keep what they fetch.
fn hugging_face() -> Option<PathBuf> {
    let named = std::env::var_os("HF_HOME").map(PathBuf::from);
    named.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache/huggingface")))
}

/// The folder of a model in a cache of Hugging Face.
fn cached(home: &Path, model: &str) -> Option<PathBuf> {
    let repository = home.join("hub").join(format!("models--{}", model.replace('/', "--")));
    let commit = std::fs::read_to_string(repository.join("refs/main")).ok()?;
    let folder = repository.join("snapshots").join(commit.trim());
    folder.join(FILE).is_file().then_some(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cached_model_is_found_by_its_commit() {
        let home = tempfile::tempdir().unwrap();
        let repository = home.path().join("hub/models--a--b");
        let snapshot = repository.join("snapshots/0123");
        for folder in [&snapshot, &repository.join("refs")] {
            std::fs::create_dir_all(folder).unwrap();
        }
        std::fs::write(repository.join("refs/main"), "0123\n").unwrap();
        assert_eq!(cached(home.path(), "a/b"), None, "it has no tokenizer");
        std::fs::write(snapshot.join(FILE), "{}").unwrap();
        assert_eq!(cached(home.path(), "a/b"), Some(snapshot));
        assert_eq!(cached(home.path(), "a/c"), None);
    }

    #[test]
    fn what_is_no_tokenizer_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let refusal = |path: &Path| Tokens::load(path).err().map(|error| error.to_string());
        assert!(refusal(folder.path()).unwrap().contains(FILE));
        let file = folder.path().join(FILE);
        std::fs::write(&file, "{}").unwrap();
        assert!(refusal(&file).unwrap().contains("is no tokenizer"));
    }
}
