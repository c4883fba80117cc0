//! A Dockerfile taken apart: as much of its language as ours uses.

/// One instruction: `RUN cargo build`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instruction {
    /// `FROM`, `RUN`, `COPY`, in capitals.
    pub keyword: String,
    /// What follows, on one line: continued lines are joined, as the shell would.
    pub rest: String,
}

impl Instruction {
    /// The words of the instruction that are not options.
    pub fn words(&self) -> Vec<&str> {
        self.rest.split_whitespace().filter(|word| !word.starts_with("--")).collect()
    }

    /// The value of an option: `build` of `--from=build`.
    pub fn option(&self, name: &str) -> Option<&str> {
        let words = self.rest.split_whitespace().take_while(|word| word.starts_with("--"));
        words.filter_map(|word| word.strip_prefix("--")?.strip_prefix(name)?.strip_prefix('=')).next()
    }

    /// What the exec form holds: `["/shop", "health"]`. `None` for the shell form.
    ///
    /// Strings with escapes are beyond it; ours are paths and plain words.
    pub fn exec_form(&self) -> Option<Vec<String>> {
        let list = self.rest.get(self.rest.find('[')?..)?.strip_prefix('[')?.strip_suffix(']')?;
        list.split(',')
            .map(|word| Some(word.trim().strip_prefix('"')?.strip_suffix('"')?.to_owned()))
            .collect()
    }
}

/// The instructions from one `FROM` to the next, the `FROM` included.
pub type Stage = Vec<Instruction>;

/// The stages of a Dockerfile, in order. What stands before the first `FROM` is left out.
pub fn stages(text: &str) -> Vec<Stage> {
    let mut stages: Vec<Stage> = Vec::new();
    for instruction in instructions(text) {
        if instruction.keyword == "FROM" {
            stages.push(Vec::new());
        }
        if let Some(stage) = stages.last_mut() {
            stage.push(instruction);
        }
    }
    stages
}

/// The last instruction of this kind in a stage: the one that counts.
pub fn last<'a>(stage: &'a [Instruction], keyword: &str) -> Option<&'a Instruction> {
    stage.iter().rev().find(|instruction| instruction.keyword == keyword)
}

fn instructions(text: &str) -> Vec<Instruction> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let mut instructions = Vec::new();
    let mut begun = String::new();
    for line in lines {
        match line.strip_suffix('\\') {
            Some(continued) => begun.push_str(continued),
            None => {
                begun.push_str(line);
                instructions.extend(instruction(&std::mem::take(&mut begun)));
            }
        }
    }
    instructions
}

fn instruction(line: &str) -> Option<Instruction> {
    let (keyword, rest) = line.split_once(char::is_whitespace)?;
    Some(Instruction { keyword: keyword.to_ascii_uppercase(), rest: rest.trim().to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCKERFILE: &str = "# syntax=docker/dockerfile:1\n\
                              ARG BEFORE=1\n\
                              FROM rust:1 AS build\n\
                              run one \\\n    # between\n    && two\n\
                              \n\
                              FROM scratch\n\
                              COPY --from=build --chown=1:1 /out/shop /shop\n\
                              HEALTHCHECK --interval=1s CMD [\"/shop\", \"health\"]\n";

    #[test]
    fn stages_begin_with_their_base_and_hold_whole_instructions() {
        let stages = stages(DOCKERFILE);

        let keywords: Vec<Vec<_>> =
            stages.iter().map(|stage| stage.iter().map(|one| one.keyword.as_str()).collect()).collect();
        assert_eq!(keywords, [vec!["FROM", "RUN"], vec!["FROM", "COPY", "HEALTHCHECK"]]);
        assert_eq!(stages[0][1].rest, "one && two");
    }

    #[test]
    fn options_words_and_the_exec_form_are_told_apart() {
        let stages = stages(DOCKERFILE);
        let copy = last(&stages[1], "COPY").unwrap();

        assert_eq!(copy.words(), ["/out/shop", "/shop"]);
        assert_eq!(copy.option("from"), Some("build"));
        assert_eq!(copy.option("chmod"), None);
        assert_eq!(last(&stages[1], "HEALTHCHECK").unwrap().exec_form().unwrap(), ["/shop", "health"]);
        assert_eq!(copy.exec_form(), None);
    }
}
