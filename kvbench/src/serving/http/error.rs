//! Errors as OpenAI's clients understand them.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::serving::Refusal;

/// Why a request is not answered.
#[derive(Debug)]
pub(super) struct ApiError {
    status: StatusCode,
    message: String,
    code: Option<&'static str>,
}

impl ApiError {
    /// The request makes no sense.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    pub fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), code: None }
    }

    /// The model is not the one that is served.
    pub fn unknown_model(name: &str, served: &str) -> Self {
        let message = format!("the model `{name}` does not exist; this endpoint serves `{served}`");
        Self { code: Some("model_not_found"), ..Self::new(StatusCode::NOT_FOUND, message) }
    }

    /// Prompt and answer are too long together.
    pub fn too_long(prompt: u64, answer: u64, limit: u64) -> Self {
        let message = format!(
            "this model's maximum context length is {limit} tokens, and {prompt} of the prompt and \
             {answer} of the completion are more"
        );
        Self { code: Some("context_length_exceeded"), ..Self::invalid(message) }
    }

    /// OpenAI's form of it.
    pub fn json(&self) -> Value {
        let kind = match self.status {
            status if status.is_client_error() => "invalid_request_error",
            _ => "server_error",
        };
        let (message, code) = (&self.message, self.code);
        json!({ "error": { "message": message, "type": kind, "param": null, "code": code } })
    }

    /// The event that ends a stream. The message is also in a comment, where some clients look for it.
    pub fn event(&self) -> String {
        let comment = self.message.replace(['\r', '\n'], " ");
        format!("event: error\n: {comment}\ndata: {}\n\n", self.json())
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        let status = if refusal.overloaded {
            StatusCode::SERVICE_UNAVAILABLE
        } else {
            StatusCode::BAD_GATEWAY
        };
        Self::new(status, refusal.reason)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.json().to_string()));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}
