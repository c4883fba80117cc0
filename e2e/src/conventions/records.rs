//! Log records.

use super::Check;
use crate::receiver::ReceivedLog;

impl Check<'_> {
    pub(super) fn records(mut self, records: &[ReceivedLog]) -> Self {
        for log in records {
            self.resource(&log.resource.attributes);
            let what = format!("the log record {:?}", log.body().unwrap_or_default());
            self.attributes(&what, &["log"], &log.record.attributes);
        }
        self
    }
}
