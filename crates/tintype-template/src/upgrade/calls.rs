//! The calls of a template in Go's language, and what each becomes in HCL.

use std::collections::BTreeMap;

use go_template::{Command, Expr, ExprKind, Functions, Node, Pipe, Tree, Value as Rendered};

use super::names::Names;
use super::text::{CLOSE, OPEN, Piece, pieces, quoted, template};

/// What a template calls that is not of Go's own.
const MAPPED: [&str; 13] = [
    "aws_secretsmanager",
    "build",
    "build_name",
    "build_type",
    "env",
    "isotime",
    "packer_version",
    "pwd",
    "strftime",
    "template_dir",
    "timestamp",
    "user",
    "uuid",
];

/// Calls that stay as they are, how many arguments they have, and what can be written in HCL instead.
const KEPT: [(&str, usize, &str); 6] = [
    (
        "clean_resource_name",
        1,
        "regex_replace(text, \"[^A-Za-z0-9-]\", \"-\"), with the characters that the service allows",
    ),
    ("lower", 1, "lower(text)"),
    ("replace", 4, "replace(text, old, new), which replaces all of them"),
    ("replace_all", 3, "replace(text, old, new)"),
    ("split", 3, "split(separator, text)[index]"),
    ("upper", 1, "upper(text)"),
];

/// Functions of Go's own that put texts together and leave each as it is.
const PRINTING: [&str; 3] = ["print", "printf", "println"];

/// Whether a name can be called in a template that is taken over.
pub(super) fn is_known(name: &str) -> bool {
    MAPPED.contains(&name) || KEPT.iter().any(|(kept, ..)| *kept == name) || is_go(name)
}

fn is_go(name: &str) -> bool {
    Functions::new().knows(name)
}

/// What stands in HCL instead of a kept call, if someone takes the trouble.
pub(super) fn instead_of(kept: &str) -> &'static str {
    KEPT.iter().find(|(name, ..)| *name == kept).map_or("", |(.., instead)| instead)
}

/// Where a text stands: it decides what `build_name` is and whether `env` can be called.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Place<'a> {
    /// In the default of an input variable.
    Default,
    /// In a local.
    Local,
    /// In the source of the builder with this name.
    Source(&'a str),
    /// In what a provisioner does otherwise for the builder with this name. It is decoded before any source is at work.
    Override(&'a str),
    /// In a data source or the build.
    Elsewhere,
}

/// Secrets of one name and key are one data source.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Secret {
    /// Its name, in HCL.
    pub name: String,
    /// The key in it, in HCL.
    pub key: Option<String>,
}

/// What the texts that were taken over need elsewhere in the file.
#[derive(Clone, Default, Debug)]
pub(super) struct Needs {
    /// The local with the time.
    pub timestamp: bool,
    /// Functions that are there only for templates such as these.
    pub legacy_isotime: bool,
    pub legacy_strftime: bool,
    /// Data sources, in the order of their numbers.
    pub secrets: Vec<Secret>,
    /// Variables that the template uses and does not declare: by the name in the template, the one in HCL.
    pub undeclared: BTreeMap<String, String>,
    /// Input variables that hold a variable of the environment: by its name, that of ours.
    pub environment: BTreeMap<String, String>,
}

/// Why a text cannot be taken over.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Failure {
    /// It is no template that could be understood.
    Unreadable(String),
    /// It is more than a text with calls: the word that begins a control structure.
    Control(&'static str),
}

/// Takes templates over, one text after the other.
pub(super) struct Calls<'a> {
    pub names: &'a mut Names,
    pub needs: Needs,
    /// Calls that stay, of the block at hand.
    pub kept: Vec<String>,
}

/// A value on the way: marks in a text stand for expressions.
enum Arg {
    /// A text.
    Text(String),
    /// A number or a boolean as written.
    Constant(String),
    /// What is known only when the plugin renders the text: a field, or a call that stays.
    Later(String),
}

/// The work on one text.
struct Rewrite<'c, 'a, 'p> {
    calls: &'c mut Calls<'a>,
    place: Place<'p>,
    expressions: Vec<String>,
}

impl Calls<'_> {
    /// The inside of the quotes in HCL for a text of the template.
    pub(super) fn rewrite(&mut self, text: &str, place: Place<'_>) -> Result<String, Failure> {
        if !text.contains("{{") {
            return Ok(template(text, &[]));
        }
        if text.contains([OPEN, CLOSE]) {
            return Err(Failure::Unreadable("there are characters that no text may have".to_owned()));
        }
        let tree = parse(text)?;
        let mut rewrite = Rewrite { calls: self, place, expressions: Vec::new() };
        let mut marked = String::with_capacity(text.len());
        for node in &tree.root {
            match node {
                Node::Text(_, text) => marked.push_str(text),
                Node::Action(pipe) => rewrite.action(pipe, &mut marked)?,
                other => return Err(Failure::Control(keyword(other))),
            }
        }
        if !tree.defines.is_empty() {
            return Err(Failure::Control("define"));
        }
        Ok(template(&marked, &rewrite.expressions))
    }
}

/// Parses a text with the functions that are known here.
pub(super) fn parse(text: &str) -> Result<Tree, Failure> {
    Tree::parse("hcl2_upgrade", text, is_known).map_err(|error| Failure::Unreadable(error.text))
}

fn keyword(node: &Node) -> &'static str {
    match node {
        Node::Text(..) | Node::Action(_) => "",
        Node::If(_) => "if",
        Node::Range(_) => "range",
        Node::With(_) => "with",
        Node::Template(..) => "template",
        Node::Break(_) => "break",
        Node::Continue(_) => "continue",
    }
}

impl Rewrite<'_, '_, '_> {
    fn action(&mut self, pipe: &Pipe, marked: &mut String) -> Result<(), Failure> {
        if let [Command { args, .. }] = pipe.commands.as_slice()
            && let [word] = args.as_slice()
            && pipe.declared.is_empty()
            && !matches!(word.kind, ExprKind::Identifier(_) | ExprKind::Pipe(_) | ExprKind::Chain(..))
        {
            marked.push_str(&format!("{{{{ {word} }}}}"));
            return Ok(());
        }
        match self.pipe(pipe)? {
            Arg::Text(text) | Arg::Constant(text) => marked.push_str(&text),
            Arg::Later(call) => marked.push_str(&format!("{{{{ {call} }}}}")),
        }
        Ok(())
    }

    fn pipe(&mut self, pipe: &Pipe) -> Result<Arg, Failure> {
        if let Some(name) = pipe.declared.first() {
            return Err(unreadable(format!("{name} is set, and HCL has no variables in a text")));
        }
        let mut result = None;
        for command in &pipe.commands {
            result = Some(self.command(command, result)?);
        }
        result.ok_or_else(|| unreadable("missing value for command"))
    }

    fn command(&mut self, command: &Command, piped: Option<Arg>) -> Result<Arg, Failure> {
        let Some((first, rest)) = command.args.split_first() else {
            return Err(unreadable("missing value for command"));
        };
        let ExprKind::Identifier(name) = &first.kind else {
            return match (rest, piped) {
                ([], None) => self.word(first),
                _ => Err(unreadable(format!("can't give argument to non-function {first}"))),
            };
        };
        let mut args = rest.iter().map(|word| self.word(word)).collect::<Result<Vec<_>, _>>()?;
        args.extend(piped);
        self.call(name, args)
    }

    fn word(&mut self, word: &Expr) -> Result<Arg, Failure> {
        Ok(match &word.kind {
            ExprKind::Text(_, text) => Arg::Text(text.clone()),
            ExprKind::Bool(_) | ExprKind::Number(..) | ExprKind::Nil => Arg::Constant(word.to_string()),
            ExprKind::Identifier(name) => self.call(name, Vec::new())?,
            ExprKind::Pipe(pipe) => self.pipe(pipe)?,
            ExprKind::Dot | ExprKind::Field(_) | ExprKind::Variable(..) => Arg::Later(word.to_string()),
            ExprKind::Chain(..) => return Err(unreadable(format!("fields of a result, as in {word}"))),
        })
    }

    fn call(&mut self, name: &str, args: Vec<Arg>) -> Result<Arg, Failure> {
        if MAPPED.contains(&name) {
            return self.mapped(name, &args);
        }
        if let Some((_, count, _)) = KEPT.iter().find(|(kept, ..)| *kept == name) {
            if args.len() != *count {
                return Err(unreadable(format!(
                    "wrong number of args for {name}: want {count} got {}",
                    args.len()
                )));
            }
            self.calls.kept.push(name.to_owned());
            return Ok(Arg::Later(written(name, &args)));
        }
        if args.iter().any(|arg| matches!(arg, Arg::Later(_))) {
            return Ok(Arg::Later(written(name, &args)));
        }
        executed(name, &args)
    }

    /// A call that becomes an expression.
    fn mapped(&mut self, name: &str, args: &[Arg]) -> Result<Arg, Failure> {
        let wrong_count = |want: &str| {
            unreadable(format!("wrong number of args for {name}: want {want} got {}", args.len()))
        };
        let texts = args.iter().map(Arg::text).collect::<Option<Vec<_>>>();
        let texts = texts
            .ok_or_else(|| unreadable(format!("an argument of {name} is not a text that is known now")))?;
        let needs = &mut self.calls.needs;
        let expression = match (name, texts.as_slice()) {
            ("user", [variable]) => {
                let variable = plain(name, variable)?;
                match self.calls.names.reference(variable) {
                    Some(reference) => reference.to_owned(),
                    None => {
                        let known = needs.undeclared.get(variable).cloned();
                        let ours = known.unwrap_or_else(|| self.calls.names.new_variable(variable));
                        needs.undeclared.insert(variable.to_owned(), ours.clone());
                        format!("var.{ours}")
                    }
                }
            }
            ("env", [variable]) if self.place == Place::Local => {
                // Only defaults of input variables may ask the environment.
                let variable = plain(name, variable)?;
                let known = needs.environment.get(variable).cloned();
                let ours = known.unwrap_or_else(|| self.calls.names.new_variable(&format!("env_{variable}")));
                needs.environment.insert(variable.to_owned(), ours.clone());
                format!("var.{ours}")
            }
            ("env", [variable]) => format!("env({})", self.quoted(variable)),
            ("timestamp", []) => {
                needs.timestamp = true;
                format!("local.{}", self.calls.names.timestamp())
            }
            ("isotime", []) => "timestamp()".to_owned(),
            ("isotime", [layout]) => {
                needs.legacy_isotime = true;
                format!("legacy_isotime({})", self.quoted(layout))
            }
            ("strftime", [format]) => {
                needs.legacy_strftime = true;
                format!("legacy_strftime({})", self.quoted(format))
            }
            ("build", [key]) => {
                let key = plain(name, key)?;
                if hcl::is_identifier(key) {
                    format!("build.{key}")
                } else {
                    format!("build[{}]", quoted(key))
                }
            }
            ("build_name", []) => match self.place {
                Place::Source(builder) => match self.calls.names.builder_in_its_source(builder) {
                    Ok(expression) => expression,
                    Err(name) => return Ok(Arg::Text(name)),
                },
                Place::Override(builder) => return Ok(Arg::Text(builder.to_owned())),
                _ => self.calls.names.builder(),
            },
            ("build_type", []) if let Place::Override(builder) = self.place => {
                let source = self.calls.names.source(builder);
                return Ok(Arg::Text(source.map_or(String::new(), |source| source.ty.clone())));
            }
            ("build_type", []) => "source.type".to_owned(),
            ("template_dir", []) => "path.root".to_owned(),
            ("pwd", []) => "path.cwd".to_owned(),
            ("packer_version", []) => "packer.version".to_owned(),
            ("uuid", []) => "uuidv4()".to_owned(),
            ("aws_secretsmanager", [secret]) => self.secret(secret, None),
            ("aws_secretsmanager", [secret, key]) => self.secret(secret, Some(key)),
            ("aws_secretsmanager", _) => return Err(wrong_count("1 or 2")),
            ("isotime", _) => return Err(wrong_count("0 or 1")),
            ("user" | "env" | "strftime" | "build", _) => return Err(wrong_count("1")),
            _ => return Err(wrong_count("0")),
        };
        self.expressions.push(expression);
        Ok(Arg::Text(format!("{OPEN}{}{CLOSE}", self.expressions.len() - 1)))
    }

    /// A reference to the data source of a secret. Without a key, the last one of that name will do.
    fn secret(&mut self, name: &str, key: Option<&str>) -> String {
        let secret = Secret { name: self.quoted(name), key: key.map(|key| self.quoted(key)) };
        let secrets = &mut self.calls.needs.secrets;
        let known = match secret.key {
            Some(_) => secrets.iter().position(|known| *known == secret),
            None => secrets.iter().rposition(|known| known.name == secret.name),
        };
        let index = known.unwrap_or_else(|| {
            secrets.push(secret);
            secrets.len() - 1
        });
        format!("data.amazon-secretsmanager.autogenerated_{}.value", index + 1)
    }

    /// A marked text as an expression.
    fn quoted(&self, marked: &str) -> String {
        format!("\"{}\"", template(marked, &self.expressions))
    }
}

impl Arg {
    fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// A text that must be known now, since names depend on it.
fn plain<'t>(function: &str, text: &'t str) -> Result<&'t str, Failure> {
    if text.contains(OPEN) {
        return Err(unreadable(format!("the argument of {function} is not known before a build")));
    }
    Ok(text)
}

/// A call in its normal form, as the plugin is to find it.
fn written(name: &str, args: &[Arg]) -> String {
    let mut call = name.to_owned();
    for arg in args {
        call.push(' ');
        match arg {
            Arg::Text(text) => call.push_str(&go_text(text)),
            Arg::Constant(text) => call.push_str(text),
            Arg::Later(inner) if inner.contains(' ') => call.push_str(&format!("({inner})")),
            Arg::Later(inner) => call.push_str(inner),
        }
    }
    call
}

/// A marked text in Go's quotes: back-quotes unless it has one itself.
fn go_text(marked: &str) -> String {
    if !marked.contains(['`', '\r']) {
        return format!("`{marked}`");
    }
    let mut out = String::from("\"");
    for piece in pieces(marked) {
        match piece {
            Piece::Literal(text) => {
                let quoted = go_template::quote(text);
                out.push_str(
                    quoted.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or_default(),
                );
            }
            Piece::Mark(index) => out.push_str(&format!("{OPEN}{index}{CLOSE}")),
        }
    }
    out + "\""
}

/// A function of Go's own called now. What it would do with a value that is not known yet, nobody can say, unless it only prints it.
fn executed(name: &str, args: &[Arg]) -> Result<Arg, Failure> {
    let marks = |text: &str| pieces(text).iter().filter(|piece| matches!(piece, Piece::Mark(_))).count();
    let unknown: usize = args.iter().filter_map(Arg::text).map(marks).sum();
    let plain_verbs = |format: &str| {
        format
            .match_indices('%')
            .all(|(at, _)| format.get(at + 1..).is_some_and(|verb| verb.starts_with(['s', 'v', '%'])))
    };
    let known_format = match (name, args.first().and_then(Arg::text)) {
        ("printf", Some(format)) => marks(format) == 0 && plain_verbs(&format.replace("%%", "")),
        ("printf", None) => false,
        _ => true,
    };
    if unknown > 0 && !(PRINTING.contains(&name) && known_format) {
        return Err(unreadable(format!("an argument of {name} is not known before a build")));
    }
    let call = written(name, args);
    let text =
        go_template::render("hcl2_upgrade", &format!("{{{{{call}}}}}"), &Functions::new(), &Rendered::Nil)
            .map_err(|error| unreadable(error.text))?
            .into_owned();
    let is_text = PRINTING.contains(&name) || matches!(name, "html" | "js" | "urlquery" | "slice");
    Ok(if is_text { Arg::Text(text) } else { Arg::Constant(text) })
}

fn unreadable(why: impl Into<String>) -> Failure {
    Failure::Unreadable(why.into())
}

/// Whether a template calls a function that a default of an input variable cannot: anything of Packer's but `env`.
pub(super) fn needs_a_local(tree: &Tree) -> bool {
    let mut lists: Vec<&[Node]> = tree.defines.values().map(Vec::as_slice).collect();
    lists.push(&tree.root);
    let mut pipes: Vec<&Pipe> = Vec::new();
    while let Some(list) = lists.pop() {
        for node in list {
            match node {
                Node::Action(pipe) => pipes.push(pipe),
                Node::If(branch) | Node::Range(branch) | Node::With(branch) => {
                    pipes.push(&branch.pipe);
                    lists.push(&branch.body);
                    lists.extend(branch.otherwise.as_deref());
                }
                Node::Template(_, _, pipe) => pipes.extend(pipe),
                Node::Text(..) | Node::Break(_) | Node::Continue(_) => {}
            }
        }
    }
    let mut words: Vec<&Expr> = pipes.into_iter().flat_map(words_of).collect();
    while let Some(word) = words.pop() {
        match &word.kind {
            ExprKind::Identifier(name) if name != "env" && !is_go(name) => return true,
            ExprKind::Pipe(pipe) => words.extend(words_of(pipe)),
            ExprKind::Chain(inner, _) => words.push(inner),
            _ => {}
        }
    }
    false
}

fn words_of(pipe: &Pipe) -> impl Iterator<Item = &Expr> {
    pipe.commands.iter().flat_map(|command| &command.args)
}
