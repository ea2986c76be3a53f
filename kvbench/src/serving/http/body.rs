//! Reading the body of a request, of which neither size nor time is the client's to choose.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::StatusCode;
use http_body_util::{BodyExt, LengthLimitError, Limited};

use super::error::ApiError;

/// The longest body, in bytes: a prompt of a million tokens fits.
pub(super) const MAX_BODY_BYTES: usize = 8 << 20;

/// How long a body may take.
const TIME_LIMIT: Duration = Duration::from_secs(30);

/// Reads a body to its end.
pub(super) async fn read(body: Body) -> Result<Bytes, ApiError> {
    let whole = Limited::new(body, MAX_BODY_BYTES).collect();
    match tokio::time::timeout(TIME_LIMIT, whole).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            let message = format!("the body is longer than {MAX_BODY_BYTES} bytes");
            Err(ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, message))
        }
        Ok(Err(error)) => Err(ApiError::invalid(format!("failed to read the body: {error}"))),
        Err(_) => {
            let message = format!("the body took longer than {} s", TIME_LIMIT.as_secs());
            Err(ApiError::new(StatusCode::REQUEST_TIMEOUT, message))
        }
    }
}
