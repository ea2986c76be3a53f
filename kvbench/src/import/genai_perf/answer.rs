//! The answer to a request, from the pieces in which perf_analyzer received it: each is one server-sent event, several, or a part
//! of one; or all of an answer that was not streamed.

use serde_json::Value;

/// What an endpoint answered.
#[derive(Default)]
pub(super) struct Answer {
    /// What has text, in the order of time.
    pub pieces: Vec<Piece>,
    /// Whether it came as events.
    pub is_streamed: bool,
    /// The tokens that the endpoint counted.
    pub tokens: Option<u64>,
    /// What the endpoint reported in place of more text.
    pub error: Option<String>,
}

/// A piece of text.
pub(super) struct Piece {
    /// When it came: where it came in parts, the first of them.
    pub at_ns: u64,
}

impl Answer {
    /// Reads the responses to a request, each with its time.
    ///
    /// # Errors
    /// They are no answer in the form of OpenAI's API: what is wrong.
    pub fn read<'t>(responses: impl Iterator<Item = (u64, &'t str)>) -> Result<Self, String> {
        let mut answer = Self::default();
        // An event of which the end is still to come, and since when.
        let mut part: Option<(u64, String)> = None;
        for (at_ns, response) in responses {
            let (since, text) = match part.take() {
                Some((since, text)) => (since, text + response),
                None => (at_ns, response.to_owned()),
            };
            let mut events = text.split("\n\n").filter(|event| !event.trim().is_empty()).peekable();
            let mut began = since;
            while let Some(event) = events.next() {
                match answer.event(began, event) {
                    Err(_) if events.peek().is_none() => part = Some((began, event.to_owned())),
                    taken => taken?,
                }
                // Only the first one can have begun earlier.
                began = at_ns;
            }
        }
        match part {
            None => Ok(answer),
            Some((since, event)) => answer.event(since, &event).map(|()| answer),
        }
    }

    fn event(&mut self, at_ns: u64, event: &str) -> Result<(), String> {
        let mut data = String::new();
        for line in event.lines() {
            match line.split_once(':') {
                Some(("data", text)) => data += text.trim_start(),
                // An event's name, or a comment.
                Some(("event" | "id" | "retry" | "", _)) => {}
                _ => data += line,
            }
        }
        self.is_streamed |= event.lines().any(|line| line.starts_with("data:"));
        match data.trim() {
            "" | "[DONE]" => return Ok(()),
            _ => {}
        }
        let value: Value = serde_json::from_str(&data).map_err(|error| error.to_string())?;
        self.take(at_ns, &value);
        Ok(())
    }

    fn take(&mut self, at_ns: u64, value: &Value) {
        if let Some(error) = value.get("error").filter(|error| !error.is_null()) {
            let code = error.get("code").or_else(|| error.get("message"));
            let told =
                code.and_then(Value::as_str).map_or_else(|| error.to_string(), str::to_owned);
            self.error.get_or_insert(told);
        }
        let choice = &value["choices"][0];
        let texts = [&choice["text"], &choice["delta"]["content"], &choice["message"]["content"]];
        if texts.into_iter().filter_map(Value::as_str).any(|text| !text.is_empty()) {
            self.pieces.push(Piece { at_ns });
        }
        let counted = value["usage"]["completion_tokens"].as_u64();
        self.tokens = counted.or(self.tokens);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(responses: &[(u64, &str)]) -> Result<Answer, String> {
        Answer::read(responses.iter().copied())
    }

    fn times(answer: &Answer) -> Vec<u64> {
        answer.pieces.iter().map(|piece| piece.at_ns).collect()
    }

    const ONE: &str = "data: {\"choices\":[{\"text\":\" the\"}]}\n\n";

    #[test]
    fn events_come_alone_together_and_in_parts() {
        let (head, tail) = ONE.split_at(20);
        let two = format!("{ONE}{ONE}");
        let answer =
            read(&[(1, ONE), (2, &two), (3, head), (4, tail), (5, "data: [DONE]\n\n")]).unwrap();
        assert_eq!(times(&answer), [1, 2, 2, 3]);
        assert!(answer.is_streamed && answer.tokens.is_none() && answer.error.is_none());
        // Where the end of an event and the beginning of the next one come together.
        let both = format!("{tail}{head}");
        assert_eq!(times(&read(&[(1, head), (2, &both), (3, tail)]).unwrap()), [1, 2]);
    }

    #[test]
    fn usage_counts_and_empty_text_does_not() {
        let usage = "data: {\"choices\":[],\"usage\":{\"completion_tokens\":7}}";
        let empty = "data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}";
        let answer = read(&[(1, empty), (2, ONE), (3, usage)]).unwrap();
        assert_eq!((times(&answer), answer.tokens), (vec![2], Some(7)));
    }

    #[test]
    fn an_answer_at_once_is_not_streamed() {
        let whole = r#"{"choices":[{"message":{"content":"Hi"}}],"usage":{"completion_tokens":1}}"#;
        let answer = read(&[(9, whole)]).unwrap();
        assert_eq!((times(&answer), answer.is_streamed, answer.tokens), (vec![9], false, Some(1)));
    }

    #[test]
    fn errors_are_told_and_nonsense_is_none() {
        let error =
            "event: error\n: gone\ndata: {\"error\":{\"message\":\"gone\",\"code\":\"lost\"}}\n\n";
        assert_eq!(read(&[(1, ONE), (2, error)]).unwrap().error.as_deref(), Some("lost"));
        assert!(read(&[(1, ONE), (2, "data: {\"choices\"")]).is_err());
        assert!(read(&[(1, "data: nonsense\n\ndata: [DONE]\n\n")]).is_err());
    }
}
