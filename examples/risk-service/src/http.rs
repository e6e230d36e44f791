//! The service's addresses.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::catalog::{Catalog, Unanswered};
use crate::payment::{Answer, Request};

/// The service.
pub fn router(catalog: Arc<Catalog>) -> Router {
    Router::new()
        .route("/score/{rule}", post(score))
        .route("/rules", get(rules))
        .route("/problems", get(problems))
        .with_state(catalog)
}

/// A rule runs for microseconds, so it does so right here.
async fn score(
    State(catalog): State<Arc<Catalog>>,
    Path(rule): Path<String>,
    Json(request): Json<Request>,
) -> Result<Json<Answer>, Refusal> {
    catalog.score(&rule, &request).map(Json).map_err(|why| Refusal { rule, why })
}

async fn rules(State(catalog): State<Arc<Catalog>>) -> Json<Value> {
    Json(catalog.status())
}

async fn problems(State(catalog): State<Arc<Catalog>>) -> String {
    catalog.problems()
}

/// Why there is no score, as an answer.
struct Refusal {
    rule: String,
    why: Unanswered,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, body) = match self.why {
            Unanswered::Unknown => {
                (StatusCode::NOT_FOUND, json!({ "message": format!("no rule is called `{}`", self.rule) }))
            }
            Unanswered::NotLoaded(error) => (StatusCode::SERVICE_UNAVAILABLE, error.to_json()),
            Unanswered::Stopped(error) => (StatusCode::UNPROCESSABLE_ENTITY, error.to_json()),
        };
        (status, Json(body)).into_response()
    }
}
