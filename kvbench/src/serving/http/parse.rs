//! What clients send. Fields that are not known are ignored.

use serde::Deserialize;

use super::error::ApiError;

/// Tokens of a completion where the client does not say (OpenAI's default).
const DEFAULT_COMPLETION_TOKENS: u64 = 16;

/// Tokens of a chat completion where the client does not say.
const DEFAULT_CHAT_TOKENS: u64 = 128;

/// What both endpoints want to know.
#[derive(Debug)]
pub(super) struct Asked {
    pub model: Option<String>,
    pub prompt: PromptText,
    /// Tokens to generate, at least one.
    pub tokens: u64,
    pub stream: bool,
    /// Whether a stream ends with the usage.
    pub include_usage: bool,
}

/// A prompt as it came.
#[derive(Debug)]
pub(super) enum PromptText {
    Text(String),
    Ids(Vec<u32>),
}

#[derive(Deserialize)]
struct Completion {
    model: Option<String>,
    prompt: PromptField,
    max_tokens: Option<i64>,
    n: Option<i64>,
    stream: Option<bool>,
    stream_options: Option<StreamOptions>,
}

#[derive(Deserialize)]
struct Chat {
    model: Option<String>,
    messages: Vec<Message>,
    max_completion_tokens: Option<i64>,
    max_tokens: Option<i64>,
    n: Option<i64>,
    stream: Option<bool>,
    stream_options: Option<StreamOptions>,
}

#[derive(Deserialize)]
struct StreamOptions {
    include_usage: Option<bool>,
}

#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "expected `prompt` to be a text, a list of token ids, or a list of one of these"
)]
enum PromptField {
    Text(String),
    Texts(Vec<String>),
    Ids(Vec<u32>),
    IdLists(Vec<Vec<u32>>),
}

#[derive(Deserialize)]
struct Message {
    role: String,
    content: Option<Content>,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "expected `content` to be a text or a list of parts")]
enum Content {
    Text(String),
    Parts(Vec<Part>),
}

#[derive(Deserialize)]
struct Part {
    text: Option<String>,
}

/// Reads a request for a completion.
pub(super) fn completion(body: &[u8]) -> Result<Asked, ApiError> {
    let asked: Completion = json(body)?;
    one_choice(asked.n)?;
    let prompt = match asked.prompt {
        PromptField::Text(text) => PromptText::Text(text),
        PromptField::Ids(ids) => PromptText::Ids(ids),
        PromptField::Texts(texts) => PromptText::Text(only(texts)?),
        PromptField::IdLists(lists) => PromptText::Ids(only(lists)?),
    };
    Ok(Asked {
        model: asked.model,
        prompt,
        tokens: tokens("max_tokens", asked.max_tokens, DEFAULT_COMPLETION_TOKENS)?,
        stream: asked.stream.unwrap_or(false),
        include_usage: includes_usage(asked.stream_options),
    })
}

/// Reads a request for a chat completion. Messages are put together in the ChatML form.
pub(super) fn chat(body: &[u8]) -> Result<Asked, ApiError> {
    let asked: Chat = json(body)?;
    one_choice(asked.n)?;
    if asked.messages.is_empty() {
        return Err(ApiError::invalid("`messages` has no message"));
    }
    let mut text = String::new();
    for Message { role, content } in asked.messages {
        let content = match content {
            None => String::new(),
            Some(Content::Text(text)) => text,
            Some(Content::Parts(parts)) => parts.into_iter().filter_map(|part| part.text).collect(),
        };
        text += &format!("<|im_start|>{role}\n{content}<|im_end|>\n");
    }
    text += "<|im_start|>assistant\n";
    let (name, limit) = match asked.max_completion_tokens {
        Some(limit) => ("max_completion_tokens", Some(limit)),
        None => ("max_tokens", asked.max_tokens),
    };
    Ok(Asked {
        model: asked.model,
        prompt: PromptText::Text(text),
        tokens: tokens(name, limit, DEFAULT_CHAT_TOKENS)?,
        stream: asked.stream.unwrap_or(false),
        include_usage: includes_usage(asked.stream_options),
    })
}

fn json<'b, T: Deserialize<'b>>(body: &'b [u8]) -> Result<T, ApiError> {
    serde_json::from_slice(body)
        .map_err(|error| ApiError::invalid(format!("the body is no request: {error}")))
}

fn one_choice(n: Option<i64>) -> Result<(), ApiError> {
    match n {
        None | Some(1) => Ok(()),
        Some(n) => Err(ApiError::invalid(format!("`n` is {n}: only one choice is generated"))),
    }
}

fn only<T>(mut list: Vec<T>) -> Result<T, ApiError> {
    let count = list.len();
    let one = list.pop().filter(|_| count == 1);
    one.ok_or_else(|| ApiError::invalid(format!("{count} prompts in one request: give one")))
}

fn tokens(name: &str, asked: Option<i64>, default: u64) -> Result<u64, ApiError> {
    match asked.map(u64::try_from) {
        None => Ok(default),
        Some(Ok(tokens @ 1..)) => Ok(tokens),
        _ => Err(ApiError::invalid(format!("`{name}` is less than 1"))),
    }
}

fn includes_usage(options: Option<StreamOptions>) -> bool {
    options.and_then(|options| options.include_usage).unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prompts_come_in_four_forms() {
        let of = |prompt: &str| {
            let body = format!(r#"{{"prompt":{prompt},"max_tokens":3,"logprobs":null,"x":[1]}}"#);
            completion(body.as_bytes()).map(|asked| asked.prompt)
        };
        assert!(matches!(of(r#""Hi""#), Ok(PromptText::Text(text)) if text == "Hi"));
        assert!(matches!(of(r#"["Hi"]"#), Ok(PromptText::Text(text)) if text == "Hi"));
        assert!(matches!(of("[1,2]"), Ok(PromptText::Ids(ids)) if ids == [1, 2]));
        assert!(matches!(of("[[7]]"), Ok(PromptText::Ids(ids)) if ids == [7]));
        for nonsense in [r#"["a","b"]"#, "7", "null", r#"{"a":1}"#, "[-1]", r#"[1,"a"]"#] {
            assert!(of(nonsense).is_err(), "{nonsense}");
        }
    }

    #[test]
    fn tokens_are_at_least_one_and_whole() {
        let of = |tokens: &str| {
            let body = format!(r#"{{"prompt":"a","max_tokens":{tokens}}}"#);
            completion(body.as_bytes()).map(|asked| asked.tokens).ok()
        };
        assert_eq!(
            (of("1"), of("1000000000"), of("null")),
            (Some(1), Some(1_000_000_000), Some(16))
        );
        for nonsense in ["0", "-1", "1.5", r#""9""#, "1e40", "99999999999999999999999"] {
            assert_eq!(of(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn chats_become_one_text() {
        let body = br#"{"messages":[{"role":"system","content":[{"type":"text","text":"S"}]},
            {"role":"user","content":"U"}],"max_completion_tokens":5,"max_tokens":9,
            "stream":true,"stream_options":{"include_usage":true}}"#;
        let asked = chat(body).unwrap();
        let PromptText::Text(text) = asked.prompt else { panic!() };
        assert!(text.contains("system\nS<") && text.ends_with("assistant\n"), "{text}");
        assert_eq!((asked.tokens, asked.stream, asked.include_usage), (5, true, true));
        chat(br#"{"messages":[]}"#).unwrap_err();
        chat(br#"{"messages":[{"role":"user","content":"U"}],"n":2}"#).unwrap_err();
    }
}
