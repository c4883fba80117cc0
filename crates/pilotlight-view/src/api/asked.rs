//! A question from a path and a query string.

use super::refusal::Refusal;
use axum::extract::{FromRequestParts, Path, Query};
use http::Uri;
use http::request::Parts;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::error::Error;
use utoipa::IntoParams;
use utoipa::openapi::path::Parameter;

/// A question, read from the query string by the same type that describes it. What it does not know is refused, so that a
/// parameter with a typing error is not silently left out.
pub(super) struct Asked<T>(pub T);

/// The question of routes that have no parameters.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
pub(super) struct Nothing {}

impl<S: Sync, T: DeserializeOwned + IntoParams> FromRequestParts<S> for Asked<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Refusal> {
        known_parameters_only(&parts.uri, &T::into_params(|| None))?;
        parse(&parts.uri).map(Self)
    }
}

/// What a path names.
pub(super) struct Named<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Named<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let named = Path::<T>::from_request_parts(parts, state).await;
        named.map(|Path(name)| Self(name)).map_err(|rejection| Refusal::question(rejection.body_text()))
    }
}

fn parse<T: DeserializeOwned>(uri: &Uri) -> Result<T, Refusal> {
    Query::<T>::try_from_uri(uri).map(|Query(question)| question).map_err(|rejection| {
        // The source begins with the parameter's name.
        let cause = rejection.source().map_or_else(|| rejection.body_text(), ToString::to_string);
        Refusal::question(format!("the parameters cannot be read: {cause}"))
    })
}

fn known_parameters_only(uri: &Uri, known: &[Parameter]) -> Result<(), Refusal> {
    for (name, value) in parse::<Vec<(String, String)>>(uri)? {
        if !known.iter().any(|parameter| parameter.name == name) {
            return Err(unknown(&name, known));
        }
        // Rust reads `NaN` and `inf` as numbers; nobody means them.
        if name.contains("_ms") && value.parse::<f64>().is_ok_and(|number| !number.is_finite()) {
            return Err(Refusal::question(format!("{name}: it has to be a finite number")));
        }
    }
    Ok(())
}

fn unknown(name: &str, known: &[Parameter]) -> Refusal {
    let name: String = name.chars().take(100).collect();
    let names: Vec<String> = known.iter().map(|parameter| format!("`{}`", parameter.name)).collect();
    let advice = match names.as_slice() {
        [] => "there are none here".to_owned(),
        names => format!("there are {}", names.join(", ")),
    };
    Refusal::question(format!("`{name}` is no parameter of this question: {advice}"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::query::{KeysQuestion, TracesQuestion};

    async fn ask<T: DeserializeOwned + IntoParams>(uri: &str) -> Result<T, String> {
        let (mut parts, ()) = http::Request::get(uri).body(()).unwrap().into_parts();
        let asked = Asked::<T>::from_request_parts(&mut parts, &()).await;
        asked.map(|Asked(question)| question).map_err(|refusal| format!("{refusal:?}"))
    }

    #[tokio::test]
    async fn a_question_is_read_from_its_parameters() {
        let question: TracesQuestion =
            ask("/api/traces?filter=http.route%3D%22/a%20b%22&from_ms=12.5&sort=slowest&errors=true")
                .await
                .unwrap();
        assert_eq!(question.filter, "http.route=\"/a b\"");
        assert_eq!(question.from_ms, Some(12.5));
        assert!(question.errors);
    }

    #[tokio::test]
    async fn an_unknown_parameter_is_named_with_those_there_are() {
        let refusal = ask::<TracesQuestion>("/api/traces?fliter=x").await.unwrap_err();
        assert!(refusal.contains("`fliter`") && refusal.contains("`filter`"), "{refusal}");
        let refusal = ask::<Nothing>("/api/losses?x=1").await.unwrap_err();
        assert!(refusal.contains("there are none here"), "{refusal}");
    }

    #[tokio::test]
    async fn a_bad_value_is_refused_with_its_parameters_name() {
        for (uri, name) in [
            ("/api/traces?limit=-1", "limit"),
            ("/api/traces?from_ms=NaN", "from_ms"),
            ("/api/traces?duration_ms_max=1e999", "duration_ms_max"),
            ("/api/traces?errors=perhaps", "errors"),
            ("/api/traces?sort=backwards", "sort"),
            ("/api/traces?filter=a&filter=b", "filter"),
        ] {
            let refusal = ask::<TracesQuestion>(uri).await.unwrap_err();
            assert!(refusal.contains(name), "{uri}: {refusal}");
        }
    }

    #[tokio::test]
    async fn a_parameter_that_has_to_be_there_is_asked_for_by_name() {
        let refusal = ask::<KeysQuestion>("/api/keys").await.unwrap_err();
        assert!(refusal.contains("signal"), "{refusal}");
    }
}
