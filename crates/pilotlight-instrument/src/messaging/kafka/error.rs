//! What went wrong, in words that take few values.

use opentelemetry::StringValue;
use rdkafka::error::KafkaError;

/// The `error.type` of a failure: rdkafka's name of librdkafka's error code, as `MessageTimedOut` or `UnknownTopicOrPartition`. An error
/// without a code is named by its kind. None of its texts is used: they can hold settings and what they are set to.
pub(super) fn error_type(error: &KafkaError) -> StringValue {
    match error.rdkafka_error_code() {
        Some(code) => format!("{code:?}").into(),
        None => kind(error).into(),
    }
}

fn kind(error: &KafkaError) -> &'static str {
    match error {
        KafkaError::AdminOpCreation(_) => "AdminOpCreation",
        KafkaError::AdminOp(_) => "AdminOp",
        KafkaError::Canceled => "Canceled",
        KafkaError::ClientConfig(..) => "ClientConfig",
        KafkaError::ClientCreation(_) => "ClientCreation",
        KafkaError::NoMessageReceived => "NoMessageReceived",
        KafkaError::Nul(_) => "Nul",
        KafkaError::PartitionEOF(_) => "PartitionEOF",
        KafkaError::PauseResume(_) => "PauseResume",
        KafkaError::Seek(_) => "Seek",
        KafkaError::Subscription(_) => "Subscription",
        _ => "_OTHER",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rdkafka::error::RDKafkaErrorCode;
    use rdkafka::types::RDKafkaConfRes;

    #[test]
    fn an_error_is_named_by_its_code() {
        let errors = [
            KafkaError::MessageProduction(RDKafkaErrorCode::MessageTimedOut),
            KafkaError::MessageConsumption(RDKafkaErrorCode::UnknownTopicOrPartition),
        ];
        assert_eq!(
            errors.each_ref().map(error_type).map(String::from),
            ["MessageTimedOut", "UnknownTopicOrPartition"]
        );
    }

    #[test]
    fn an_error_without_a_code_is_named_by_its_kind_and_tells_no_settings() {
        let result = RDKafkaConfRes::RD_KAFKA_CONF_INVALID;
        let error =
            KafkaError::ClientConfig(result, "invalid".into(), "sasl.password".into(), "s3cret".into());
        assert_eq!(error_type(&error).as_str(), "ClientConfig");
        assert_eq!(error_type(&KafkaError::Canceled).as_str(), "Canceled");
    }
}
