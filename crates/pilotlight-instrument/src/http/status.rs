//! Status codes as text.

use http::StatusCode;
use opentelemetry::StringValue;

/// The status code as `error.type` wants it, without an allocation for the usual ones.
pub(crate) fn status_text(status: StatusCode) -> StringValue {
    match status.as_u16() {
        400 => "400".into(),
        401 => "401".into(),
        403 => "403".into(),
        404 => "404".into(),
        409 => "409".into(),
        422 => "422".into(),
        429 => "429".into(),
        500 => "500".into(),
        501 => "501".into(),
        502 => "502".into(),
        503 => "503".into(),
        504 => "504".into(),
        505 => "505".into(),
        507 => "507".into(),
        508 => "508".into(),
        511 => "511".into(),
        _ => String::from(status.as_str()).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_is_written_as_its_digits() {
        for code in 100..1000 {
            let status = StatusCode::from_u16(code).unwrap();
            assert_eq!(status_text(status).as_str(), code.to_string());
        }
    }
}
