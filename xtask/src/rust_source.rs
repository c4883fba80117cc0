//! What a Rust file holds, read as tokens: comments and strings cannot pretend to be code.
//!
//! Tokens are enough, and reach where a parser of items does not: into `proptest! { … }` and other macros.

use proc_macro2::{Group, TokenStream, TokenTree};

/// A test function, by the modules it is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Test {
    /// The inline modules around it, outermost first.
    pub modules: Vec<String>,
    /// Its name.
    pub name: String,
}

/// The functions under an attribute that ends in `test`, such as `#[test]` and `#[tokio::test]`.
///
/// # Errors
/// When the text is not made of Rust tokens.
pub fn tests(source: &str) -> Result<Vec<Test>, String> {
    let mut found = Vec::new();
    collect_tests(tokens(source)?, &[], &mut found);
    Ok(found)
}

/// Code that says it is unfinished: `#[ignore]`, `todo!`, `unimplemented!`, `dbg!`, in order of appearance.
///
/// # Errors
/// When the text is not made of Rust tokens.
pub fn leftovers(source: &str) -> Result<Vec<String>, String> {
    let mut found = Vec::new();
    collect_leftovers(tokens(source)?, &mut found);
    Ok(found)
}

fn tokens(source: &str) -> Result<TokenStream, String> {
    source.parse().map_err(|error| format!("is not Rust: {error}"))
}

fn collect_tests(stream: TokenStream, modules: &[String], found: &mut Vec<Test>) {
    let mut tokens = stream.into_iter().peekable();
    // Whether an attribute seen since the last item makes the next function a test.
    let mut attributed = false;
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == '#' => {
                if let Some(TokenTree::Group(attribute)) = tokens.peek() {
                    attributed |= attribute_name(attribute).is_some_and(|name| name == "test");
                }
            }
            TokenTree::Ident(word) if word == "fn" => {
                if let Some(TokenTree::Ident(name)) = tokens.peek()
                    && attributed
                {
                    found.push(Test { modules: modules.to_vec(), name: name.to_string() });
                }
                attributed = false;
            }
            TokenTree::Ident(word) if word == "mod" => {
                if let Some(TokenTree::Ident(name)) = tokens.next()
                    && let Some(TokenTree::Group(body)) = tokens.peek()
                {
                    let inside = [modules, &[name.to_string()]].concat();
                    collect_tests(body.stream(), &inside, found);
                    tokens.next();
                }
                attributed = false;
            }
            TokenTree::Group(group) if group.delimiter() == proc_macro2::Delimiter::Brace => {
                collect_tests(group.stream(), modules, found);
                attributed = false;
            }
            _ => {}
        }
    }
}

/// The last word of an attribute's path: `test` in `[tokio::test(flavor = "multi_thread")]`.
fn attribute_name(attribute: &Group) -> Option<String> {
    attribute
        .stream()
        .into_iter()
        .take_while(|token| match token {
            TokenTree::Ident(_) => true,
            TokenTree::Punct(punct) => punct.as_char() == ':',
            _ => false,
        })
        .filter_map(|token| match token {
            TokenTree::Ident(word) => Some(word.to_string()),
            _ => None,
        })
        .last()
}

fn collect_leftovers(stream: TokenStream, found: &mut Vec<String>) {
    let mut tokens = stream.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match (token, tokens.peek()) {
            (TokenTree::Punct(hash), Some(TokenTree::Group(attribute)))
                if hash.as_char() == '#'
                    && attribute_name(attribute).is_some_and(|name| name == "ignore") =>
            {
                found.push("#[ignore]".to_owned());
            }
            (TokenTree::Ident(word), Some(TokenTree::Punct(bang)))
                if bang.as_char() == '!' && (word == "todo" || word == "unimplemented" || word == "dbg") =>
            {
                found.push(format!("{word}!"));
            }
            (TokenTree::Group(group), _) => collect_leftovers(group.stream(), found),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(source: &str) -> Vec<String> {
        let path = |test: Test| [test.modules, vec![test.name]].concat().join("::");
        tests(source).unwrap().into_iter().map(path).collect()
    }

    #[test]
    fn every_form_of_a_test_attribute_is_seen() {
        let source = r#"
            #[test]
            fn plain() {}
            #[tokio::test(flavor = "current_thread")]
            #[should_panic]
            async fn awaited() { loop {} }
            mod tests {
                mod inner { #[test] pub(crate) fn nested() -> Result<(), ()> { Ok(()) } }
                proptest! {
                    #![proptest_config(ProptestConfig::default())]
                    #[test]
                    fn property(value in 0..9) { assert!(value < 9); }
                }
            }
        "#;

        assert_eq!(names(source), ["plain", "awaited", "tests::inner::nested", "tests::property"]);
    }

    #[test]
    fn what_only_looks_like_a_test_is_not_one() {
        let source = r##"
            // #[test] fn in_a_comment() {}
            const TEXT: &str = "#[test] fn in_a_string() {}";
            #[cfg(test)] fn helper() {}
            #[test] const NOT: fn(u8) = not_a_name;
            fn after_a_test_attribute_that_was_used_up() {}
        "##;

        assert_eq!(names(source), Vec::<String>::new());
    }

    #[test]
    fn leftovers_are_seen_wherever_they_hide() {
        // Written as text, so that this file itself holds none.
        let source = "#[test] #[ignore = \"later\"] fn a() { if x { todo!() } }\n\
                      proptest! { #[test] fn b(y in 0..1) { dbg!(y); unimplemented!(\"{y}\") } }";

        assert_eq!(leftovers(source).unwrap(), ["#[ignore]", "todo!", "dbg!", "unimplemented!"]);
    }

    #[test]
    fn finished_code_has_no_leftovers() {
        let source = "// todo!()\nfn ignore(todo: bool) -> bool { !todo && \"dbg!()\".len() != 0 }";

        assert_eq!(leftovers(source).unwrap(), Vec::<String>::new());
    }
}
