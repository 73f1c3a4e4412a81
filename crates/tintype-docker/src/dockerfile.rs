//! What must be known of a Dockerfile before it is built: which registries its images come from, and whether it uses what only
//! BuildKit understands. Building is the Engine's affair.

use crate::reference::Reference;

/// Build arguments that BuildKit alone gives a value.
const PLATFORM_ARGS: [&str; 8] = [
    "TARGETPLATFORM",
    "TARGETOS",
    "TARGETARCH",
    "TARGETVARIANT",
    "BUILDPLATFORM",
    "BUILDOS",
    "BUILDARCH",
    "BUILDVARIANT",
];

/// What was found in a Dockerfile.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(crate) struct Dockerfile {
    /// The registries of the images that it names, as `Reference::registry_key` gives them.
    pub registries: Vec<String>,
    /// Whether some image's name is known only when it is built.
    pub unclear: bool,
    /// The first thing in it that only BuildKit understands.
    pub buildkit: Option<String>,
}

impl Dockerfile {
    /// Reads a Dockerfile.
    pub fn read(text: &str) -> Self {
        let mut found = Self::default();
        let mut stages: Vec<String> = Vec::new();
        let mut at_top = true;
        for line in logical_lines(text) {
            let trimmed = line.trim();
            if let Some(comment) = trimmed.strip_prefix('#') {
                if at_top
                    && comment.trim_start().to_lowercase().starts_with("syntax")
                    && comment.contains('=')
                {
                    found.needs(trimmed);
                }
                continue;
            }
            if trimmed.is_empty() {
                continue;
            }
            at_top = false;
            let mut words = trimmed.split_whitespace();
            let instruction = words.next().unwrap_or_default().to_uppercase();
            let words: Vec<&str> = words.collect();
            let flags: Vec<&str> = words.iter().copied().take_while(|word| word.starts_with("--")).collect();
            match instruction.as_str() {
                "FROM" => {
                    let names: Vec<&str> = words.iter().copied().skip(flags.len()).collect();
                    found.uses(names.first().copied().unwrap_or_default(), &stages);
                    if let [_, word, stage, ..] = names[..]
                        && word.eq_ignore_ascii_case("as")
                    {
                        stages.push(stage.to_lowercase());
                    }
                }
                "RUN" => found.flags(trimmed, &flags, &["--mount", "--network", "--security", "--device"]),
                "COPY" | "ADD" => {
                    let only =
                        ["--link", "--parents", "--exclude", "--chmod", "--checksum", "--keep-git-dir"];
                    found.flags(trimmed, &flags, &only);
                    if let Some(from) = flags.iter().find_map(|flag| flag.strip_prefix("--from=")) {
                        found.uses(from, &stages);
                    }
                }
                "ARG" if words.iter().any(|word| PLATFORM_ARGS.contains(word)) => found.needs(trimmed),
                _ => {}
            }
            if matches!(instruction.as_str(), "RUN" | "COPY" | "ADD") && has_here_document(trimmed) {
                found.needs(trimmed);
            }
        }
        found
    }

    fn needs(&mut self, line: &str) {
        self.buildkit.get_or_insert_with(|| line.lines().next().unwrap_or_default().to_owned());
    }

    fn flags(&mut self, line: &str, flags: &[&str], only: &[&str]) {
        if flags.iter().any(|flag| only.contains(&flag.split('=').next().unwrap_or_default())) {
            self.needs(line);
        }
    }

    fn uses(&mut self, image: &str, stages: &[String]) {
        if image.contains('$') {
            self.unclear = true;
        } else if !image.is_empty()
            && image != "scratch"
            && !stages.contains(&image.to_lowercase())
            && image.parse::<usize>().is_err()
        {
            let registry = Reference::parse(image).registry_key().to_owned();
            if !self.registries.contains(&registry) {
                self.registries.push(registry);
            }
        }
    }
}

/// Lines with their continuations. Comments inside an instruction are left out.
fn logical_lines(text: &str) -> Vec<String> {
    let escape = if text.lines().take(3).any(|line| line.replace(' ', "").eq_ignore_ascii_case("#escape=`")) {
        '`'
    } else {
        '\\'
    };
    let mut lines = Vec::new();
    let mut current = String::new();
    for line in text.lines() {
        let trimmed = line.trim_end();
        if !current.is_empty() && trimmed.trim_start().starts_with('#') {
            continue;
        }
        match trimmed.strip_suffix(escape) {
            Some(part) if !trimmed.trim_start().starts_with('#') => {
                current.push_str(part);
                current.push(' ');
            }
            _ => {
                current.push_str(trimmed);
                lines.push(std::mem::take(&mut current));
            }
        }
    }
    lines.push(current);
    lines
}

/// `<<EOF`, `<<-EOF`, `<<"EOF"`: a word directly after the arrows. A shell's own `<<<` is none.
fn has_here_document(line: &str) -> bool {
    line.match_indices("<<").any(|(at, _)| {
        let before = line[..at].ends_with('<');
        let after = line[at + 2..].trim_start_matches('-');
        let after = after.strip_prefix(['"', '\'']).unwrap_or(after);
        !before && after.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
    })
}
