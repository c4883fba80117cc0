//! A real Prometheus server that scrapes what is tested, and promtool's opinion of the text.

use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;
use servers::tools::PROMETHEUS;
use tempfile::TempDir;

use crate::http::{escaped, get};
use crate::support::eventually;

/// Often enough that a test does not wait for long, and slow enough for a busy machine to answer in time.
const SCRAPE_INTERVAL: &str = "250ms";

/// A server that is killed with the test that started it.
pub(crate) struct Prometheus {
    child: Child,
    address: SocketAddr,
    /// Its configuration and its data.
    _folder: TempDir,
}

impl Prometheus {
    /// Starts a server on a free port that scrapes `target`, exemplars included.
    pub(crate) fn scraping(target: SocketAddr) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let configuration = folder.path().join("prometheus.yml");
        std::fs::write(&configuration, configuration_for(target)).unwrap();
        let mut child = Command::new(PROMETHEUS.program("prometheus"))
            .arg(format!("--config.file={}", configuration.display()))
            .arg(format!("--storage.tsdb.path={}", folder.path().join("data").display()))
            .args(["--web.listen-address=127.0.0.1:0", "--enable-feature=exemplar-storage"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let address = address_of(&mut child);
        let server = Self { child, address, _folder: folder };
        eventually("Prometheus is ready", || {
            let answer = get(address, "/-/ready", "");
            (answer.status == 200).then_some(()).ok_or(answer)
        });
        server
    }

    /// The one value that a PromQL expression has now; none while nothing was scraped that it speaks of.
    pub(crate) fn value(&self, expression: &str) -> Option<f64> {
        let found = self.ask(&format!("/api/v1/query?query={}", escaped(expression)));
        let found = found["result"].as_array().unwrap();
        assert!(found.len() <= 1, "{expression} has more than one value: {found:#?}");
        let value = found.first()?["value"][1].as_str().unwrap();
        Some(value.parse().unwrap())
    }

    /// The values that a PromQL expression has now, by a label that holds a number; the smallest number first.
    pub(crate) fn values_by(&self, label: &str, expression: &str) -> Vec<(f64, f64)> {
        let found = self.ask(&format!("/api/v1/query?query={}", escaped(expression)));
        let number = |value: &Value| value.as_str().unwrap().parse::<f64>().unwrap();
        let found = found["result"].as_array().unwrap().iter();
        let mut values: Vec<_> =
            found.map(|one| (number(&one["metric"][label]), number(&one["value"][1]))).collect();
        values.sort_by(|one, other| one.0.total_cmp(&other.0));
        values
    }

    /// Waits until a PromQL expression has this value, and panics when that does not happen.
    pub(crate) fn wait_for(&self, expression: &str, expected: f64) {
        eventually(&format!("{expression} is {expected}"), || {
            let value = self.value(expression);
            if value == Some(expected) { Ok(()) } else { Err((value, self.complaint())) }
        });
    }

    /// The trace ids of the exemplars that were scraped with a series.
    pub(crate) fn exemplar_traces(&self, series: &str) -> Vec<String> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let (start, end) = (now - 3600, now + 60);
        let path = format!("/api/v1/query_exemplars?query={}&start={start}&end={end}", escaped(series));
        let found = self.ask(&path);
        let of_all = found.as_array().unwrap().iter();
        let exemplars = of_all.flat_map(|of_series| of_series["exemplars"].as_array().unwrap());
        exemplars.filter_map(|exemplar| exemplar["labels"]["trace_id"].as_str()).map(str::to_owned).collect()
    }

    /// What is wrong with the last scrape; empty if nothing is.
    fn complaint(&self) -> String {
        self.ask("/api/v1/targets")["activeTargets"][0]["lastError"].as_str().unwrap_or_default().to_owned()
    }

    fn ask(&self, path: &str) -> Value {
        let body = get(self.address, path, "").body;
        let mut answer: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(answer["status"], "success", "{path}: {answer:#}");
        answer["data"].take()
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        // It wrote nothing that anybody wants to keep.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn configuration_for(target: SocketAddr) -> String {
    format!(
        "global:\n  scrape_interval: {SCRAPE_INTERVAL}\n  scrape_timeout: {SCRAPE_INTERVAL}\n\
         scrape_configs:\n  - job_name: shop\n    honor_labels: true\n    static_configs:\n      - targets: ['{target}']\n"
    )
}

/// Where the server says it listens. Its log is read to the end, so that it never waits for somebody to read.
fn address_of(child: &mut Child) -> SocketAddr {
    let log = BufReader::new(child.stderr.take().unwrap());
    let (found, address) = mpsc::channel();
    std::thread::spawn(move || {
        let mut log = log.lines().map_while(Result::ok);
        let mut heard = Vec::new();
        let address = log.by_ref().inspect(|line| heard.push(line.clone())).find_map(|line| listening(&line));
        let _ = found.send(address.ok_or(heard));
        log.for_each(drop);
    });
    address.recv().unwrap().unwrap_or_else(|log| panic!("Prometheus does not listen:\n{}", log.join("\n")))
}

fn listening(line: &str) -> Option<SocketAddr> {
    let (_, address) = line.split_once("Listening on")?.1.split_once("address=")?;
    address.split_whitespace().next()?.parse().ok()
}

/// What promtool thinks of a text of metrics.
#[derive(Debug)]
pub(crate) struct Opinion {
    /// Whether the text can be read at all.
    pub(crate) is_readable: bool,
    /// What promtool would write differently, a line each.
    pub(crate) complaints: Vec<String>,
}

/// Asks `promtool check metrics`, which reads the text format and not OpenMetrics.
pub(crate) fn promtool(text: &str) -> Opinion {
    let mut child = Command::new(PROMETHEUS.program("promtool"))
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let complaints = String::from_utf8(output.stderr).unwrap().lines().map(str::to_owned).collect();
    // 3 is promtool's way to say that it read everything and does not like some of it.
    Opinion { is_readable: matches!(output.status.code(), Some(0 | 3)), complaints }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    const TEXT: &str = "\
# HELP lamps_total Lamps that were sold.
# TYPE lamps_total counter
lamps_total{colour=\"red\"} 3
lamps_total{colour=\"blue\"} 4
";

    /// Exemplars are in OpenMetrics only, and each bucket may have one.
    const OPEN_METRICS: &str = "\
# HELP lamps Lamps that were sold.
# TYPE lamps counter
lamps_total{colour=\"red\"} 3.0 # {trace_id=\"0af7651916cd43dd8448eb211c80319c\",span_id=\"b7ad6b7169203331\"} 1.0
lamps_total{colour=\"blue\"} 4.0
# EOF
";

    /// Serves a page of metrics for as long as the tests run.
    fn page(content_type: &'static str, text: &'static str) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            for connection in listener.incoming() {
                let mut connection = BufReader::new(connection.unwrap());
                let mut line = String::from("first");
                while !line.trim().is_empty() {
                    line.clear();
                    connection.read_line(&mut line).unwrap();
                }
                let head =
                    format!("HTTP/1.1 200 OK\r\ncontent-type: {content_type}\r\nconnection: close\r\n\r\n");
                // A server that was killed in the meantime is none of our business.
                let _ = connection.get_mut().write_all((head + text).as_bytes());
            }
        });
        address
    }

    #[test]
    fn a_page_of_text_is_scraped_and_can_be_asked_about() {
        let prometheus = Prometheus::scraping(page("text/plain; version=0.0.4", TEXT));

        prometheus.wait_for("sum(lamps_total)", 7.0);

        assert_eq!(prometheus.value("lamps_total{colour=\"red\"}"), Some(3.0));
        assert_eq!(prometheus.value("lamps_total{colour=\"green\"}"), None);
        assert!(prometheus.exemplar_traces("lamps_total").is_empty());
    }

    #[test]
    fn a_page_of_openmetrics_is_scraped_with_its_exemplars() {
        let prometheus =
            Prometheus::scraping(page("application/openmetrics-text; version=1.0.0", OPEN_METRICS));

        prometheus.wait_for("sum(lamps_total)", 7.0);

        assert_eq!(prometheus.exemplar_traces("lamps_total"), ["0af7651916cd43dd8448eb211c80319c"]);
    }

    #[test]
    fn promtool_tells_unreadable_text_from_text_it_does_not_like() {
        let (fine, disliked, broken) = (promtool(TEXT), promtool("lamps_total 3\n"), promtool("lamps{ 3\n"));

        assert!(fine.is_readable && fine.complaints.is_empty(), "{fine:?}");
        assert!(disliked.is_readable && !disliked.complaints.is_empty(), "{disliked:?}");
        assert!(!broken.is_readable, "{broken:?}");
    }
}
