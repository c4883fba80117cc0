//! Errors inside answers: redis hands them on as values, and makes errors of them only when it converts those.

use crate::db::{Judge, Operation};
use redis::{RedisResult, ServerError, Value};

/// Judges by what the server answers: an error in it is the operation's.
pub(super) struct ByAnswer;

impl<T: Answer> Judge<RedisResult<T>> for ByAnswer {
    fn judge(self, mut operation: Operation, output: &RedisResult<T>) {
        match output {
            Ok(answer) => {
                if let Some(error) = answer.error() {
                    operation.failed(error);
                }
            }
            Err(error) => operation.failed(error),
        }
        operation.end();
    }
}

/// What the server answers with.
pub(super) trait Answer {
    /// The first error in it.
    fn error(&self) -> Option<&ServerError>;
}

/// To one command. An array may hold errors too, as a script's and a transaction's do.
impl Answer for Value {
    fn error(&self) -> Option<&ServerError> {
        match self {
            Self::Array(values) => values.iter().find_map(itself),
            _ => itself(self),
        }
    }
}

/// To a pipeline.
impl Answer for Vec<Value> {
    fn error(&self) -> Option<&ServerError> {
        self.iter().find_map(Answer::error)
    }
}

fn itself(value: &Value) -> Option<&ServerError> {
    match value {
        Value::ServerError(error) => Some(error),
        _ => None,
    }
}
