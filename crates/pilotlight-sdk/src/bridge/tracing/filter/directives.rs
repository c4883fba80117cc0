//! From the text of a filter to the directives in it that can be used.

use tracing_subscriber::filter::Directive;

use super::problem::{Filter, Problem};

/// How long the text of a filter may be, in bytes. Room for some two hundred targets; what is longer is no setting.
const TEXT_BYTES_MAX: usize = 8 * 1024;

/// How many directives with brackets a text may have: each is asked about every new span.
const BRACKETS_MAX: usize = 32;

/// How long a directive with brackets may be, in bytes. The value in it is compiled as a regular expression.
const BRACKET_BYTES_MAX: usize = 256;

/// How many marks of a regular expression such a directive may have. The automaton can double with each: a value of
/// `.*a` and 12 dots took 309 ms to compile, one of 8 dots 20 ms, and a handful is enough for `.*gold.*`.
const MARKS_MAX: usize = 8;

const LEVELS: &str = "off, error, warn, info, debug or trace";

/// The usable directives of a text, in its order, and what was wrong with the rest.
#[derive(Debug)]
pub(super) struct Directives<'a> {
    pub(super) good: Vec<&'a str>,
    pub(super) problems: Vec<Problem>,
}

impl<'a> Directives<'a> {
    /// Commas separate, whitespace around a directive and empty ones mean nothing: as in `RUST_LOG` elsewhere.
    pub(super) fn read(filter: Filter, text: &'a str) -> Self {
        let mut read = Self { good: Vec::new(), problems: Vec::new() };
        if text.len() > TEXT_BYTES_MAX {
            let reason = format!("is longer than {TEXT_BYTES_MAX} bytes; name fewer targets");
            read.problems.push(Problem::new(filter, text.chars().take(64).collect::<String>(), reason));
            return read;
        }
        let mut brackets = 0;
        for directive in text.split(',').map(str::trim).filter(|directive| !directive.is_empty()) {
            brackets += usize::from(has_bracket(directive));
            match check(filter, directive, brackets) {
                Ok(()) => read.good.push(directive),
                Err(reason) => read.problems.push(Problem::new(filter, directive, reason)),
            }
        }
        read
    }

    pub(super) fn text(&self) -> String {
        self.good.join(",")
    }
}

/// Whether a directive, or a text of several, looks at spans' names or fields.
pub(super) fn has_bracket(text: &str) -> bool {
    text.contains('[')
}

fn check(filter: Filter, directive: &str, brackets: usize) -> Result<(), String> {
    if directive.contains(['[', ']', '{', '}']) {
        check_brackets(filter, directive, brackets)?;
    }
    match directive.parse::<Directive>() {
        Ok(_) => Ok(()),
        Err(error) => Err(format!("cannot be read ({error}); write target=level or a level alone: {LEVELS}")),
    }
}

fn check_brackets(filter: Filter, directive: &str, brackets: usize) -> Result<(), String> {
    if filter == Filter::Spans {
        return Err(format!(
            "looks at names or fields, which only the log filter can; write target=level with {LEVELS}"
        ));
    }
    let count = |mark| directive.matches(mark).count();
    if count('[') == 0 || count('{') != count('}') || !directive.contains(']') {
        return Err("has brackets that do not match; write target[span{field=value}]=level with one field, \
                    and no comma between the brackets"
            .into());
    }
    if brackets > BRACKETS_MAX {
        return Err(format!("is one directive with brackets too many; {BRACKETS_MAX} are the most"));
    }
    let marks = directive.matches(['.', '*', '+', '?', '|', '(', '\\', '[']).count() - 1;
    if directive.len() > BRACKET_BYTES_MAX || marks > MARKS_MAX {
        return Err(format!(
            "is too costly to compile; write at most {BRACKET_BYTES_MAX} bytes and {MARKS_MAX} of the marks . * + ? | ( [ \\"
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn logs(text: &str) -> Directives<'_> {
        Directives::read(Filter::Logs, text)
    }

    #[test]
    fn levels_in_any_case_numbers_whitespace_and_trailing_commas_are_read() {
        let read = logs(" WARN , shop=Debug,,h2=OFF, shop::cart ,db=3,\tx= , ");
        assert_eq!(read.good, ["WARN", "shop=Debug", "h2=OFF", "shop::cart", "db=3", "x="]);
        assert_eq!(read.problems, []);
    }

    #[test]
    fn a_bad_directive_is_left_out_and_says_why() {
        let read = logs("warn,h2=loud,=x,shop=debug");
        assert_eq!(read.good, ["warn", "shop=debug"]);
        let told: Vec<String> = read.problems.iter().map(ToString::to_string).collect();
        assert!(told[0].starts_with(r#"log filter: "h2=loud" cannot be read ("#), "{told:?}");
        assert!(told[0].ends_with("a level alone: off, error, warn, info, debug or trace"), "{told:?}");
        assert!(told[1].starts_with(r#"log filter: "=x" "#), "{told:?}");
    }

    #[test]
    fn a_span_filter_with_brackets_is_told_to_name_targets() {
        let read = Directives::read(Filter::Spans, "info,[{user}]=debug");
        assert_eq!(read.good, ["info"]);
        assert!(read.problems[0].reason().contains("only the log filter"), "{:?}", read.problems);
    }

    #[test]
    fn two_fields_in_one_directive_are_refused_with_the_form_that_works() {
        let read = logs("[{a=1,b=2}]=debug,warn");
        assert_eq!(read.good, ["warn"]);
        assert_eq!(read.problems.len(), 2);
        assert!(
            read.problems.iter().all(|problem| problem.reason().contains("one field")),
            "{:?}",
            read.problems
        );
    }

    #[test]
    fn values_that_would_take_long_to_compile_are_refused() {
        let read = logs("[{name=.*a...................}]=debug,[{name=.*gold.*}]=debug");
        assert_eq!(read.good, ["[{name=.*gold.*}]=debug"]);
        assert!(read.problems[0].reason().contains("too costly"), "{:?}", read.problems);
        let many = "[a]=info,".repeat(BRACKETS_MAX + 3);
        assert_eq!(logs(&many).good.len(), BRACKETS_MAX);
    }

    #[test]
    fn a_text_without_end_is_refused_whole() {
        let text = "shop=debug,".repeat(1000);
        let read = logs(&text);
        assert_eq!((read.good.len(), read.problems.len()), (0, 1));
        assert!(read.problems[0].to_string().len() < 300);
    }

    proptest! {
        #[test]
        fn no_text_makes_reading_panic(text in r"[\PC\s,=\[\]{}.*]{0,300}") {
            let read = logs(&text);
            prop_assert_eq!(read.text().parse::<tracing_subscriber::EnvFilter>().is_ok(), true);
            Directives::read(Filter::Spans, &text);
        }

        #[test]
        fn no_near_miss_makes_reading_panic(
            parts in prop::collection::vec(
                prop::sample::select(vec![
                    "shop", "::", "=", "debug", "WARN", "5", ",", " ", "\u{a0}", "[", "]", "{", "}", "user", "42", "-1", "NaN",
                    "inf", "true", "\"", ".*", "(", ")", "|", "\\d", "é", "off", "[a]=info",
                ]),
                0..40,
            )
        ) {
            let text = parts.concat();
            let read = logs(&text);
            prop_assert!(read.text().parse::<tracing_subscriber::EnvFilter>().is_ok());
            let read = Directives::read(Filter::Spans, &text);
            prop_assert!(read.text().replace("=,", ",").trim_end_matches('=').parse::<tracing_subscriber::filter::Targets>().is_ok());
        }
    }
}
