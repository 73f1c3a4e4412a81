//! The `{{ }}` calls that options may hold: Packer's functions and the data they draw on. The language itself is go-template's;
//! when a variable of a legacy template counts as settled is its loader's part.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex};

use go_template::{Args, ExprKind, Functions, Node, Param, Template, Tree, Value, time};
use jiff::Timestamp;
use tintype_schema::Interpolate;

use crate::World;

/// Answers of a function that a single component or the core adds. Gets its arguments as text.
pub type TextFunction = Arc<dyn Fn(&[&str]) -> Result<String, String> + Send + Sync>;

/// What the functions draw on. Plain data: copy it and change what differs.
#[derive(Clone)]
pub struct Interpolation {
    /// `build_name`. Without one a call fails.
    pub build_name: Option<String>,
    /// `build_type`, the builder's type. Without one a call fails.
    pub build_type: Option<String>,
    /// The template, for `template_dir`: its path as given. Without one a call fails.
    pub template_path: Option<PathBuf>,
    /// `packer_version`.
    pub core_version: String,
    /// When the process started: `timestamp`, `isotime`, `strftime`.
    pub start: Timestamp,
    /// `pwd`, and where a relative template path begins. Absolute.
    pub cwd: PathBuf,
    /// The user variables of a legacy JSON template, shared by all its builds. HCL templates have none: there `user` fails.
    pub variables: Option<Arc<BTreeMap<String, String>>>,
    /// The environment, while variables are rendered. `env` fails everywhere else.
    pub env: Option<BTreeMap<String, String>>,
    /// The names that `build` answers, while a legacy JSON template is prepared: it gives `{{.Name}}`, filled in when the component
    /// runs. Without names it fails, in HCL always.
    pub generated: Option<BTreeSet<String>>,
    /// Further functions by name, each of any number of texts: `clean_resource_name` of some builders; while variables are
    /// rendered `vault`, `consul_key`, `aws_secretsmanager` and `aws_secretsmanager_raw`.
    pub functions: BTreeMap<String, TextFunction>,
}

/// Why a variable of a legacy template could not be rendered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unsettled {
    /// It uses a variable that is not known yet.
    Needs(String),
    /// It cannot be rendered at all.
    Failed(String),
}

const TEXT: Param = Param::Text;

/// Functions that work only while variables are rendered, and only when the core has added them.
const OUTSIDE: [&str; 4] = ["consul_key", "vault", "aws_secretsmanager", "aws_secretsmanager_raw"];

impl Interpolation {
    /// For this run and no build in particular.
    pub fn new(world: &World, start: Timestamp) -> Self {
        Self {
            build_name: None,
            build_type: None,
            template_path: None,
            core_version: world.core_version.clone(),
            start,
            cwd: world.cwd.clone(),
            variables: None,
            env: None,
            generated: None,
            functions: BTreeMap::new(),
        }
    }

    /// Renders an option that its component kept back, such as `execute_command`, with what `.Name` stands for. A name that is
    /// not there gives `<no value>`. `build "Name"` gives the same values.
    ///
    /// # Errors
    /// Go's words for what is wrong with the text.
    pub fn render_with(&self, text: &str, extra: &[(&str, String)]) -> Result<String, String> {
        self.render_data(text, &Value::map(extra.iter().map(|(name, value)| (*name, value.as_str()))))
    }

    /// The same for an option that knows just these names: any other is an error.
    ///
    /// # Errors
    /// Go's words for what is wrong with the text.
    pub fn render_strictly(&self, text: &str, names: &[(&str, String)]) -> Result<String, String> {
        let data = Value::record("these", names.iter().map(|(name, value)| (*name, value.as_str())));
        self.render_data(text, &data)
    }

    /// The same with data of any shape: nested, lists, or a record whose missing names are errors.
    ///
    /// # Errors
    /// Go's words for what is wrong with the text.
    pub fn render_data(&self, text: &str, data: &Value) -> Result<String, String> {
        let functions = self.table().with("build", &[TEXT], |args| match data {
            Value::Map(known) if known.contains_key(args.text(0)) => {
                Ok(known.get(args.text(0)).cloned().unwrap_or_default())
            }
            _ => self.build(args).map(Value::from),
        });
        go_template::render("root", text, &functions, data)
            .map(std::borrow::Cow::into_owned)
            .map_err(|error| error.to_string())
    }

    /// Renders again and again until nothing changes: names of builders and what is typed at the console.
    ///
    /// # Errors
    /// Go's words, or that the text never settles.
    pub fn settle(&self, text: &str) -> Result<String, String> {
        let mut current = text.to_owned();
        for _ in 0..100 {
            let rendered = self.render(&current)?;
            if rendered == current {
                return Ok(rendered);
            }
            current = rendered;
        }
        Err(format!("{text:?} gives another text each time it is rendered"))
    }

    /// Renders the value of a user variable, of which `variables` are known so far. Calls such as `{{ .Vars }}`, meant for a
    /// component, stay.
    ///
    /// # Errors
    /// Whether to try again when more variables are known, or Go's words.
    pub fn render_variable(&self, text: &str) -> Result<String, Unsettled> {
        let missing = Mutex::new(None);
        let functions = self.table().with("user", &[TEXT], |args| {
            let name = args.text(0);
            let known = self.variables.as_ref().and_then(|variables| variables.get(name));
            known.cloned().ok_or_else(|| {
                *missing.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) = Some(name.to_owned());
                format!("the variable {name:?} is not known yet")
            })
        });
        let failed = |error: go_template::Error| Unsettled::Failed(error.to_string());
        let mut tree = Tree::parse("root", text, |name| functions.knows(name)).map_err(failed)?;
        keep_fields(&mut tree.root);
        let rendered = Template::of(tree, &functions).render(&Value::Nil).map_err(failed);
        let missing = missing.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).take();
        match (rendered, missing) {
            (Err(_), Some(name)) => Err(Unsettled::Needs(name)),
            (rendered, _) => rendered,
        }
    }

    fn table(&self) -> Functions<'_> {
        let none: &[Param] = &[];
        let mut functions = Functions::new()
            .with("build", &[TEXT], |args| self.build(args))
            .with("build_name", none, |_| known(self.build_name.as_deref(), "build_name", "a build"))
            .with("build_type", none, |_| known(self.build_type.as_deref(), "build_type", "a build"))
            .with("env", &[TEXT], |args| match &self.env {
                Some(env) => Ok(env.get(args.text(0)).cloned().unwrap_or_default()),
                None => Err("the environment can be read in the values of variables only".to_owned()),
            })
            .with_rest("isotime", none, TEXT, |args| match args.len() {
                0 => Ok(time::format(self.start, time::RFC3339)),
                1 => Ok(time::format(self.start, args.text(0))),
                given => Err(format!("one layout at most, {given} are given")),
            })
            .with("lower", &[TEXT], |args| Ok(args.text(0).to_lowercase()))
            .with("packer_version", none, |_| Ok(self.core_version.as_str()))
            .with("pwd", none, |_| Ok(self.cwd.to_string_lossy().into_owned()))
            .with("replace", &[TEXT, TEXT, Param::Int, TEXT], |args| {
                replace(args.text(3), args.text(0), args.text(1), args.int(2))
            })
            .with("replace_all", &[TEXT, TEXT, TEXT], |args| {
                replace(args.text(2), args.text(0), args.text(1), -1)
            })
            .with_rest("sed", none, Param::Any, |_| {
                Err::<Value, _>("this function is gone: use replace or replace_all".to_owned())
            })
            .with("split", &[TEXT, TEXT, Param::Int], split)
            .with("strftime", &[TEXT], |args| Ok(time::strftime(self.start, args.text(0))))
            .with("template_dir", none, |_| self.template_dir())
            .with("timestamp", none, |_| Ok(self.start.as_second().to_string()))
            .with("upper", &[TEXT], |args| Ok(args.text(0).to_uppercase()))
            .with("user", &[TEXT], |args| match &self.variables {
                Some(variables) => Ok(variables.get(args.text(0)).cloned().unwrap_or_default()),
                None => Err("this template has no user variables: use var.NAME".to_owned()),
            })
            .with("uuid", none, |_| Ok(self.uuid()));
        for name in OUTSIDE {
            functions = functions.with_rest(name, none, TEXT, |_| {
                Err::<Value, _>("this can be called in the values of variables only".to_owned())
            });
        }
        for (name, call) in &self.functions {
            functions = functions.with_rest(name, none, TEXT, |args: Args<'_>| {
                let texts: Vec<&str> = (0..args.len()).map(|index| args.text(index)).collect();
                call(&texts)
            });
        }
        functions
    }

    fn build(&self, args: Args<'_>) -> Result<String, String> {
        let name = args.text(0);
        match &self.generated {
            Some(names) if names.contains(name) => Ok(format!("{{{{.{name}}}}}")),
            Some(_) => Err(format!("this builder does not provide {name:?}")),
            None => Err(format!("there is no {name:?} here: use build.{name}")),
        }
    }

    fn template_dir(&self) -> Result<String, String> {
        let path = self.template_path.as_ref().ok_or("there is no template here")?;
        let whole = self.cwd.join(path.parent().unwrap_or(Path::new("")));
        let mut clean = PathBuf::new();
        for part in whole.components() {
            match part {
                Component::CurDir => {}
                Component::ParentDir => _ = clean.pop(),
                part => clean.push(part),
            }
        }
        Ok(clean.to_string_lossy().into_owned())
    }

    /// Seconds of the process's start, then chance: names made from it sort by time.
    fn uuid(&self) -> String {
        let mut bytes = uuid::Uuid::new_v4().into_bytes();
        // Four bytes hold the seconds until the year 2106.
        bytes[..4].copy_from_slice(&(self.start.as_second() as u32).to_be_bytes());
        uuid::Uuid::from_bytes(bytes).to_string()
    }
}

impl Interpolate for Interpolation {
    fn render(&self, text: &str) -> Result<String, String> {
        self.render_data(text, &Value::Nil)
    }

    fn check(&self, text: &str) -> Result<(), String> {
        Template::parse("root", text, &self.table()).map(drop).map_err(|error| error.to_string())
    }
}

fn known<'v>(value: Option<&'v str>, name: &str, of: &str) -> Result<&'v str, String> {
    value.ok_or_else(|| format!("{name} is known inside {of} only"))
}

/// Longer texts would fill the memory.
const MAX_TEXT: usize = 32 << 20;

/// The first `count` occurrences replaced, all of them when it is negative.
fn replace(text: &str, old: &str, new: &str, count: i64) -> Result<String, String> {
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    let places = text.matches(old).take(count).count();
    if text.len().saturating_add(places.saturating_mul(new.len())) > MAX_TEXT {
        return Err("the result is too large".to_owned());
    }
    Ok(text.replacen(old, new, count))
}

fn split(args: Args<'_>) -> Result<String, String> {
    let (text, separator, index) = (args.text(0), args.text(1), args.int(2));
    let parts: Vec<String> = if separator.is_empty() {
        text.chars().map(String::from).collect()
    } else {
        text.split(separator).map(str::to_owned).collect()
    };
    usize::try_from(index)
        .ok()
        .and_then(|index| parts.get(index).cloned())
        .ok_or_else(|| format!("there are {} parts, from 0: there is no part {index}", parts.len()))
}

/// Turns actions that only name a field of the data into their own text.
fn keep_fields(nodes: &mut [Node]) {
    for node in nodes {
        match node {
            Node::Action(pipe) if pipe.declared.is_empty() => {
                if let [command] = &pipe.commands[..]
                    && let [word] = &command.args[..]
                    && matches!(word.kind, ExprKind::Field(_))
                {
                    *node = Node::Text(pipe.offset, format!("{{{{ {pipe} }}}}"));
                }
            }
            Node::If(branch) | Node::Range(branch) | Node::With(branch) => {
                keep_fields(&mut branch.body);
                if let Some(otherwise) = &mut branch.otherwise {
                    keep_fields(otherwise);
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests;
