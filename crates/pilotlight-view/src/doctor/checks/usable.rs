//! Causes 8, 15, 22, 31: values that cannot be used, or are not what they seem.

use super::Verdict;
use crate::doctor::facts::Facts;
use crate::doctor::report::Draft;
use crate::doctor::settings::Problem;
use crate::finding::Finding;

pub(super) fn check(facts: &Facts) -> Verdict {
    let mut findings: Vec<Finding> = facts.settings.problems.iter().map(finding).collect();
    for signal in facts.settings.sent() {
        for oddity in signal.headers.value.oddities() {
            let finding = odd_header(&signal.headers.from.to_string(), &oddity);
            if !findings.contains(&finding) {
                findings.push(finding);
            }
        }
    }
    Verdict::Checked(findings)
}

fn finding(problem: &Problem) -> Finding {
    let title = format!("{} {}", problem.setting, problem.what);
    let draft =
        if problem.is_fatal { Draft::error(problem.id, title) } else { Draft::warning(problem.id, title) };
    let shown = problem.value.as_ref().map(|value| format!("{}={value:?}", problem.setting));
    draft
        .seen_all(shown)
        .because(format!(
            "A value that cannot be read as the specification says is not used: {}.",
            problem.instead
        ))
        .next(sentence(&problem.next))
}

fn odd_header(variable: &str, oddity: &str) -> Finding {
    Draft::warning("header-suspicious", format!("A header means nothing to its receiver: {oddity}"))
        .seen(format!("{variable}, its value not shown"))
        .because("The exporter sends the header as it is, and the receiver refuses what it cannot read.")
        .next("Write name=value with the value percent-encoded and without quotes: authorization=Bearer%20….")
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().collect::<String>()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}
