//! Answers as JSON and as server-sent events.

use serde_json::{Value, json};

use super::words::{text, word};

/// What a request took, beside the tokens of its prompt.
#[derive(Clone, Copy, Debug)]
pub(super) struct Usage {
    /// Tokens generated.
    pub tokens: u64,
    /// Tokens of the prompt that were not computed.
    pub cached_tokens: u64,
}

/// What all messages of an answer have in common.
#[derive(Clone, Debug)]
pub(super) struct Format {
    chat: bool,
    id: String,
    created_s: i64,
    model: String,
    prompt_tokens: u64,
    /// The beginning of every chunk up to its token.
    head: String,
}

impl Format {
    pub fn new(
        chat: bool,
        request_id: &str,
        created_s: i64,
        model: &str,
        prompt_tokens: u64,
    ) -> Self {
        let (prefix, object) =
            if chat { ("chatcmpl", "chat.completion.chunk") } else { ("cmpl", "text_completion") };
        let id = format!("{prefix}-{request_id}");
        let head = format!(
            "{{\"id\":{},\"object\":\"{object}\",\"created\":{created_s},\"model\":{},\"choices\":[",
            json!(id),
            json!(model)
        );
        Self { chat, id, created_s, model: model.to_owned(), prompt_tokens, head }
    }

    /// The whole answer at once.
    pub fn whole(&self, usage: Usage) -> Value {
        let tokens = usage.tokens;
        let (object, choice) = if self.chat {
            let message = json!({ "role": "assistant", "content": text(tokens) });
            (
                "chat.completion",
                json!({ "index": 0, "message": message, "logprobs": null, "finish_reason": "length" }),
            )
        } else {
            let text = text(tokens);
            (
                "text_completion",
                json!({ "index": 0, "text": text, "logprobs": null, "finish_reason": "length" }),
            )
        };
        json!({
            "id": self.id,
            "object": object,
            "created": self.created_s,
            "model": self.model,
            "choices": [choice],
            "usage": self.usage(usage),
        })
    }

    /// The event of one token, counted from 0. The last one says why it is the last.
    pub fn token(&self, index: u64, last: bool) -> String {
        let (head, word) = (&self.head, word(index));
        let reason = if last { "\"length\"" } else { "null" };
        let content = match (self.chat, index) {
            (true, 0) => format!("\"delta\":{{\"role\":\"assistant\",\"content\":\"{word}\"}}"),
            (true, _) => format!("\"delta\":{{\"content\":\"{word}\"}}"),
            (false, _) => format!("\"text\":\"{word}\""),
        };
        format!(
            "data: {head}{{\"index\":0,{content},\"logprobs\":null,\"finish_reason\":{reason}}}]}}\n\n"
        )
    }

    /// The events behind the last token; one has the usage, where it is given.
    pub fn end(&self, usage: Option<Usage>) -> String {
        let event = |usage| format!("data: {}],\"usage\":{}}}\n\n", self.head, self.usage(usage));
        usage.map(event).unwrap_or_default() + "data: [DONE]\n\n"
    }

    fn usage(&self, Usage { tokens, cached_tokens }: Usage) -> Value {
        let prompt = self.prompt_tokens;
        json!({
            "prompt_tokens": prompt,
            "completion_tokens": tokens,
            "total_tokens": prompt + tokens,
            "prompt_tokens_details": { "cached_tokens": cached_tokens },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const USAGE: Usage = Usage { tokens: 2, cached_tokens: 1 };

    fn events(text: &str) -> Vec<Value> {
        let lines = text.lines().filter_map(|line| line.strip_prefix("data: "));
        lines.filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    #[test]
    fn a_stream_has_one_word_per_event_and_says_when_it_ends() {
        let format = Format::new(false, "r\"1", 7, "a/b", 3);
        let all = format!(
            "{}{}{}",
            format.token(0, false),
            format.token(1, true),
            format.end(Some(USAGE))
        );
        let found = events(&all);
        assert_eq!(found.len(), 3);
        assert_eq!(found[0]["choices"][0]["text"], " the");
        assert_eq!(found[0]["choices"][0]["finish_reason"], Value::Null);
        assert_eq!(found[1]["choices"][0]["finish_reason"], "length");
        assert_eq!(found[2]["choices"], json!([]));
        assert_eq!(found[2]["usage"]["total_tokens"], 5);
        assert_eq!(found[2]["usage"]["prompt_tokens_details"], json!({ "cached_tokens": 1 }));
        assert!(found.iter().all(|event| event["id"] == "cmpl-r\"1" && event["created"] == 7));
        assert!(all.ends_with("data: [DONE]\n\n"));
        assert_eq!(format.end(None), "data: [DONE]\n\n");
    }

    #[test]
    fn a_chat_has_deltas_and_a_role() {
        let format = Format::new(true, "r", 7, "a/b", 3);
        let first = events(&format.token(0, false)).remove(0);
        assert_eq!(first["choices"][0]["delta"], json!({ "role": "assistant", "content": " the" }));
        assert_eq!(first["object"], "chat.completion.chunk");
        let second = events(&format.token(1, false)).remove(0);
        assert_eq!(second["choices"][0]["delta"], json!({ "content": " a" }));
        assert_eq!(format.whole(USAGE)["choices"][0]["message"]["content"], " the a");
    }
}
