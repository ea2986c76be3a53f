//! The routes and what they do.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::json;
use tokio::sync::mpsc::UnboundedReceiver;

use super::body;
use super::error::ApiError;
use super::format::{Format, Usage};
use super::parse::{Asked, PromptText, chat, completion};
use super::stream::{Events, stopping};
use crate::measure::now_ns;
use crate::serving::{Answer, Desk, Metrics, Prompt, Submission, Ticket, Tokens, ear};

/// Prompts longer than this, in bytes, are counted away from the thread that serves.
const LONG_TEXT: usize = 2 << 10;

/// The longest name of a request that is taken over from a client.
const MAX_ID_BYTES: usize = 256;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const CORRELATION_ID: HeaderName = HeaderName::from_static("x-correlation-id");

/// What a request may ask for.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Tokens of prompt and answer together.
    pub context: u64,
    /// Tokens of a block.
    pub block_tokens: u64,
}

/// Everything that the routes need.
pub struct App {
    model: String,
    limits: Limits,
    tokens: Tokens,
    desk: Desk,
    metrics: Arc<Metrics>,
    started_s: i64,
    /// Requests that came without a name.
    unnamed: AtomicU64,
}

impl App {
    /// Serves `model` at `desk`, and shows `metrics`.
    pub fn new(
        model: String,
        limits: Limits,
        tokens: Tokens,
        desk: Desk,
        metrics: Arc<Metrics>,
    ) -> Self {
        let started_s = jiff::Timestamp::now().as_second();
        Self { model, limits, tokens, desk, metrics, started_s, unnamed: AtomicU64::new(0) }
    }

    pub(super) fn routes(self) -> axum::Router {
        let not_allowed = || async {
            ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "this path takes another method")
        };
        let not_found = || async { ApiError::new(StatusCode::NOT_FOUND, "there is no such path") };
        axum::Router::new()
            .route("/v1/completions", post(completions))
            .route("/v1/chat/completions", post(chat_completions))
            .route("/v1/models", get(models))
            .route("/health", get(health))
            .route("/metrics", get(metrics))
            .method_not_allowed_fallback(not_allowed)
            .fallback(not_found)
            .with_state(Arc::new(self))
    }

    /// The name that the client gave the request, or one of its own.
    fn request_id(&self, headers: &HeaderMap) -> String {
        let named = [REQUEST_ID, CORRELATION_ID].iter().find_map(|name| {
            let text = headers.get(name)?.to_str().ok()?.trim();
            (!text.is_empty() && text.len() <= MAX_ID_BYTES).then(|| text.to_owned())
        });
        named.unwrap_or_else(|| {
            format!("kvb-{:x}-{}", self.started_s, self.unnamed.fetch_add(1, Relaxed))
        })
    }
}

type Shared = State<Arc<App>>;

async fn completions(State(app): Shared, headers: HeaderMap, body: Body) -> Response {
    answer(app, &headers, body, false).await
}

async fn chat_completions(State(app): Shared, headers: HeaderMap, body: Body) -> Response {
    answer(app, &headers, body, true).await
}

async fn models(State(app): Shared) -> Response {
    let model = json!({
        "id": app.model,
        "object": "model",
        "created": app.started_s,
        "owned_by": "kvbench",
        "max_model_len": app.limits.context,
    });
    json_response(&json!({ "object": "list", "data": [model] }))
}

async fn health(State(app): Shared) -> Response {
    let now = &app.metrics.now;
    let both = [&now.prefill_workers, &now.decode_workers];
    if both.iter().all(|workers| workers.load(Relaxed) > 0) {
        return json_response(&json!({ "status": "ok" }));
    }
    let message = "no worker of one side is ready";
    ApiError::new(StatusCode::SERVICE_UNAVAILABLE, message).into_response()
}

async fn metrics(State(app): Shared) -> Response {
    const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";
    ([(header::CONTENT_TYPE, TEXT)], app.metrics.text()).into_response()
}

/// Answers a request for tokens; the answer has the request's name.
async fn answer(app: Arc<App>, headers: &HeaderMap, body: Body, is_chat: bool) -> Response {
    let request_id = app.request_id(headers);
    let name = HeaderValue::from_str(&request_id);
    let mut response = match try_answer(app, request_id, body, is_chat).await {
        Ok(response) => response,
        Err(error) => error.into_response(),
    };
    if let Ok(name) = name {
        response.headers_mut().insert(REQUEST_ID, name);
    }
    response
}

async fn try_answer(
    app: Arc<App>,
    request_id: String,
    body: Body,
    is_chat: bool,
) -> Result<Response, ApiError> {
    let (arrival_ns, arrival) = (now_ns(), jiff::Timestamp::now());
    let body = body::read(body).await?;
    let asked = if is_chat { chat(&body)? } else { completion(&body)? };
    drop(body);
    if let Some(model) = asked.model.as_deref().filter(|model| *model != app.model) {
        return Err(ApiError::unknown_model(model, &app.model));
    }
    let Asked { prompt, tokens, stream, include_usage, .. } = asked;
    let limit = app.limits.context;
    if tokens > limit {
        return Err(ApiError::too_long(0, tokens, limit));
    }
    let prompt = counted(&app, prompt).await?;
    if prompt.tokens == 0 {
        return Err(ApiError::invalid("the prompt is empty"));
    }
    if prompt.tokens.saturating_add(tokens) > limit {
        return Err(ApiError::too_long(prompt.tokens, tokens, limit));
    }
    let format = Format::new(is_chat, &request_id, arrival.as_second(), &app.model, prompt.tokens);
    let (client, mut answers) = ear();
    let arrival = arrival.to_string();
    let submission = Submission { request_id, arrival_ns, arrival, prompt, tokens, client };
    let ticket = app.desk.submit(submission);
    if !stream {
        return whole(&format, tokens, &mut answers, ticket).await;
    }
    let first = match answers.recv().await {
        Some(Answer::Failed(refusal)) => return Err(refusal.into()),
        None => return Err(stopping().into()),
        heard => heard,
    };
    let ticket = Some(ticket);
    let events = Events { format, include_usage, tokens, sent: 0, first, answers, ticket };
    let mut response = Response::new(Body::new(events));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    Ok(response)
}

/// Waits for all tokens.
async fn whole(
    format: &Format,
    tokens: u64,
    answers: &mut UnboundedReceiver<Answer>,
    _ticket: Ticket,
) -> Result<Response, ApiError> {
    loop {
        match answers.recv().await {
            Some(Answer::Token) => {}
            Some(Answer::End { cached_tokens }) => {
                return Ok(json_response(&format.whole(Usage { tokens, cached_tokens })));
            }
            Some(Answer::Failed(refusal)) => return Err(refusal.into()),
            None => return Err(stopping().into()),
        }
    }
}

/// The prompt in tokens and blocks.
async fn counted(app: &Arc<App>, prompt: PromptText) -> Result<Prompt, ApiError> {
    let block_tokens = app.limits.block_tokens;
    let text = match prompt {
        PromptText::Ids(ids) => return Ok(Prompt::of_ids(&ids, block_tokens)),
        PromptText::Text(text) => text,
    };
    if text.len() <= LONG_TEXT {
        return app.tokens.prompt(&text, block_tokens).map_err(ApiError::invalid);
    }
    let app = Arc::clone(app);
    let counting =
        tokio::task::spawn_blocking(move || app.tokens.prompt(&text, block_tokens)).await;
    let failed = |error: tokio::task::JoinError| {
        ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
    };
    counting.map_err(failed)?.map_err(ApiError::invalid)
}

fn json_response(value: &serde_json::Value) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], value.to_string()).into_response()
}
