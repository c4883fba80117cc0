//! The program itself: what it prints, and how it ends.

use std::io::Write;
use std::process::{Command, Output, Stdio};

fn doctor(arguments: &[&str], variables: &[(&str, &str)], input: &str) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_pilotlight"));
    command
        .arg("doctor")
        .args(arguments)
        .env_clear()
        .envs(variables.iter().copied())
        .current_dir(folder.path());
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn the_exit_code_says_fine_found_or_not_checked() {
    let name = ("OTEL_SERVICE_NAME", "shop");
    assert_eq!(doctor(&["--offline"], &[name], "").status.code(), Some(0));
    assert_eq!(
        doctor(&["--offline"], &[name, ("OTEL_TRACES_SAMPLER", "always_off")], "").status.code(),
        Some(1)
    );
    assert_eq!(doctor(&["--path", "/nowhere"], &[], "").status.code(), Some(2));
    assert_eq!(doctor(&["--nonsense"], &[], "").status.code(), Some(2));
}

#[test]
fn explain_reads_standard_input() {
    let output = doctor(&["explain"], &[], "FRAME_SIZE_ERROR: 4740180\n");
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output).contains("HTT"), "{}", text(&output));
    assert_eq!(doctor(&["explain"], &[], "all is well\n").status.code(), Some(0));
    assert_eq!(doctor(&["explain"], &[], "").status.code(), Some(2));
    assert_eq!(doctor(&["explain", "/nowhere.log"], &[], "").status.code(), Some(2));
}

#[test]
fn text_for_people_has_no_colours_when_nobody_looks() {
    let output = doctor(&["--offline"], &[("OTEL_TRACES_SAMPLER", "always_off")], "");
    let text = text(&output);
    assert!(
        text.contains("error No trace is recorded [sampler-drops-all]") && text.contains("next: "),
        "{text}"
    );
    assert!(!text.contains('\u{1b}'), "{text}");
}

#[test]
fn json_has_the_documented_form() {
    let output = doctor(&["--offline", "--json"], &[("OTEL_TRACES_SAMPLER", "always_off")], "");
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["form"], 1);
    assert_eq!(report["findings"][0]["id"], "sampler-drops-all");
    assert_eq!(report["findings"][0]["severity"], "error");
    assert_eq!(report["signals"][0]["settings"][1]["name"], "url");
    assert!(report["outcome"]["skip"].as_u64().unwrap() > 0);
    assert!(
        report["checks"]
            .as_array()
            .unwrap()
            .iter()
            .all(|check| check["status"] != "skip" || check["why"].is_string())
    );
}

#[test]
fn variables_of_a_file_win_and_are_named_with_it() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(b"OTEL_TRACES_SAMPLER=always_off\n").unwrap();
    let path = file.path().to_str().unwrap();
    let output = doctor(&["--offline", "--env-file", path], &[("OTEL_TRACES_SAMPLER", "always_on")], "");
    assert!(text(&output).contains(&format!("OTEL_TRACES_SAMPLER in {path}")), "{}", text(&output));
}

#[cfg(target_os = "linux")]
#[test]
fn the_environment_of_another_process_can_be_read() {
    let mut other = Command::new("sleep").arg("60").env("OTEL_TRACES_SAMPLER", "always_off").spawn().unwrap();
    let pid = other.id().to_string();
    let output = doctor(&["--offline", "--pid", &pid], &[], "");
    other.kill().unwrap();
    other.wait().unwrap();
    assert!(
        text(&output).contains(&format!("OTEL_TRACES_SAMPLER in environment of process {pid}")),
        "{}",
        text(&output)
    );
}

#[test]
fn it_listens_for_as_long_as_it_is_told_and_reports() {
    let free = ["--listen", "--for", "1s", "--grpc-port", "0", "--http-port", "0", "--json"];
    let output = doctor(&free, &[], "");
    assert_eq!(output.status.code(), Some(1), "nothing came");
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["findings"][0]["id"], "nothing-came");
    assert!(String::from_utf8(output.stderr).unwrap().contains("listening for 1 s on 127.0.0.1:"));
}

#[test]
fn a_port_that_is_taken_is_named_with_what_to_do() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let output = doctor(&["--listen", "--grpc-port", &port, "--http-port", "0"], &[], "");
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("taken by another program") && said.contains("--grpc-port"), "{said}");
}

#[test]
fn flags_that_contradict_each_other_are_refused() {
    for flags in [&["--send", "--offline"][..], &["--listen", "--send"], &["--for", "1s"]] {
        assert_eq!(doctor(flags, &[], "").status.code(), Some(2), "{flags:?}");
    }
}
