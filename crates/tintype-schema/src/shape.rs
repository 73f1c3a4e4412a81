//! Lenient conversion: from what the template holds to what an option's kind asks for. Values of HCL convert as HCL converts
//! (`"5"` is a number, `true` is `"true"`); values of legacy JSON and overrides convert further: one value is a list of one,
//! text is cut into a list at commas, a bool is `"1"`. Every text is rendered on the way, unless its component does that later.

use std::collections::{BTreeMap, BTreeSet};

use cty::{Number, Type, Value};
use diag::{Diagnostic, did_you_mean};

use crate::check::Findings;
use crate::config::Interpolate;
use crate::node::Node;
use crate::{Field, FieldKind, GoDuration, Schema};

/// Deeper values than this are refused rather than followed: the stack is finite.
const MAX_DEPTH: usize = 500;

/// A conversion that failed; the finding is already recorded.
pub(crate) struct Refused;

/// `Ok(None)` is null: as if nothing had been written.
type Shaped = Result<Option<Node>, Refused>;

pub(crate) struct Shaper<'a> {
    pub findings: &'a mut Findings,
    pub interpolate: &'a dyn Interpolate,
    /// Legacy JSON or an override: convert further, find keys without regard to case.
    pub loose: bool,
    /// Whether unknown names are worded as for JSON.
    pub json: bool,
}

/// A path of a member below a path.
pub(crate) fn member(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

impl Shaper<'_> {
    /// Converts the members of an object by a schema. Names that the schema does not have are reported.
    pub fn members(&mut self, schema: &Schema, value: &Value, path: &str) -> BTreeMap<String, Node> {
        let mut nodes = BTreeMap::new();
        let mut older = Vec::new();
        let Some(entries) = value.entries() else { return nodes };
        let mut seen = BTreeSet::new();
        for (key, value) in entries {
            let Some((name, field)) = self.find(schema, key) else {
                self.unexpected(schema, key, path);
                continue;
            };
            let at = member(path, key);
            if !seen.insert(name) {
                let twice = Diagnostic::error(format!("unknown configuration key: '{name:?}'"));
                self.findings.fail(&at, twice.hint("It is there twice, with other capitals."));
                continue;
            }
            let Ok(Some(node)) = self.shape(&field.kind, value, &at, field.template.is_some()) else {
                continue;
            };
            self.note(field, &node, &at, &member(path, &field.name));
            if name == field.name {
                nodes.insert(field.name.to_string(), node);
            } else if !node.is_empty() {
                older.push((field.name.to_string(), node));
            }
        }
        // A value under an older name wins, if it is one.
        nodes.extend(older);
        nodes
    }

    fn find<'s>(&self, schema: &'s Schema, key: &str) -> Option<(&'s str, &'s Field)> {
        schema.names().find(|(name, _)| *name == key).or_else(|| {
            self.loose.then(|| schema.names().find(|(name, _)| name.eq_ignore_ascii_case(key))).flatten()
        })
    }

    /// Remembers that an option was written, and warns when it should not be.
    fn note(&mut self, field: &Field, node: &Node, at: &str, path: &str) {
        let places = &mut self.findings.places;
        places.given.insert(path.to_owned());
        if !node.is_empty() {
            places.filled.insert(path.to_owned());
        }
        if at != path
            && let Some(span) = places.spans.get(at).copied()
        {
            std::sync::Arc::make_mut(&mut places.spans).entry(path.to_owned()).or_insert(span);
        }
        if let Some(reason) = &field.deprecated {
            let warning = Diagnostic::warning("Deprecated argument")
                .detail(format!("\"{}\" should not be used any more: {reason}.", field.name));
            self.findings.warn(at, warning);
        }
    }

    fn unexpected(&mut self, schema: &Schema, key: &str, path: &str) {
        // Names that Packer's core gives every component; templates may hold them.
        if self.json && path.is_empty() && key.starts_with("packer_") {
            return;
        }
        let at = member(path, key);
        let repair = self.findings.repairs.get(key).filter(|_| self.json && path.is_empty());
        let near = did_you_mean(key, schema.names().map(|(name, _)| name));
        let hint = match (repair, near) {
            (Some(fixer), _) => Some(format!("The fixer for it is {fixer}.")),
            (None, near) => near.map(|near| format!("Did you mean \"{near}\"?")),
        };
        let diagnostic = if !self.json {
            Diagnostic::error("Unsupported argument")
                .detail(format!("There is no argument named \"{key}\" here."))
        } else if repair.is_some() || schema.retired.iter().any(|name| name == key) {
            Diagnostic::error(format!(
                "Deprecated configuration key: '{key}'. Please call `packer fix` against your template to update it"
            ))
        } else {
            Diagnostic::error(format!("unknown configuration key: '{key:?}'"))
        };
        self.findings.fail(
            &at,
            match hint {
                Some(hint) => diagnostic.hint(hint),
                None => diagnostic,
            },
        );
    }

    /// Converts one value. `raw` text is only checked, not rendered.
    pub fn shape(&mut self, kind: &FieldKind, value: &Value, path: &str, raw: bool) -> Shaped {
        if value.is_null() {
            return Ok(None);
        }
        if !value.is_known() {
            return Ok(Some(placeholder(kind)));
        }
        match kind {
            FieldKind::String => self.text(kind, value, path, raw).map(|text| Some(Node::Text(text))),
            FieldKind::Bool => self.bool(kind, value, path),
            FieldKind::Integer => self.integer(kind, value, path),
            FieldKind::Number => self.number(kind, value, path).map(|number| Some(Node::Number(number))),
            FieldKind::Duration => self.duration(kind, value, path),
            FieldKind::List(of) => self.list(kind, of, value, path, raw),
            FieldKind::Map(of) => self.map(kind, of, value, path, raw),
            FieldKind::Block(schema) => match value.entries() {
                Some(_) => Ok(Some(Node::Map(self.members(schema, value, path)))),
                None => Err(self.refuse(kind, value, path)),
            },
            FieldKind::Blocks(schema) => self.blocks(kind, schema, value, path),
            FieldKind::Any => self.any(value, path, raw, 0).map(|value| Some(Node::Any(value))),
        }
    }

    /// Reports that the value is of the wrong kind.
    fn refuse(&mut self, kind: &FieldKind, value: &Value, path: &str) -> Refused {
        let needed = match kind {
            FieldKind::Blocks(_) => "one or more blocks are".to_owned(),
            kind => format!("a {} is", kind.words()),
        };
        let found = match self.json {
            // JSON has lists where HCL has tuples.
            true if value.elements().is_some() => "a list".to_owned(),
            _ => with_article(&value.ty().friendly_name()),
        };
        self.refuse_because(path, format!("{needed} needed, this is {found}"))
    }

    fn refuse_because(&mut self, path: &str, why: String) -> Refused {
        let diagnostic = if self.json {
            Diagnostic::error(format!("'{path}': {why}"))
        } else {
            Diagnostic::error("Incorrect attribute value type")
                .detail(format!("The value of \"{path}\" does not fit: {why}."))
        };
        self.findings.fail(path, diagnostic);
        Refused
    }

    fn render(&mut self, text: &str, path: &str, raw: bool) -> Result<String, Refused> {
        if !text.contains("{{") {
            return Ok(text.to_owned());
        }
        let rendered = if raw {
            self.interpolate.check(text).map(|()| text.to_owned())
        } else {
            self.interpolate.render(text)
        };
        rendered.map_err(|error| {
            let summary = format!("Invalid template in \"{path}\"");
            self.findings.fail(path, Diagnostic::error(summary).detail(format!("{error}\n  in {text:?}")));
            Refused
        })
    }

    fn text(&mut self, kind: &FieldKind, value: &Value, path: &str, raw: bool) -> Result<String, Refused> {
        if let Some(text) = value.as_str() {
            self.render(text, path, raw)
        } else if let Some(number) = value.as_number() {
            Ok(number.to_string())
        } else if let Some(yes) = value.as_bool() {
            Ok(match (self.loose, yes) {
                (true, true) => "1",
                (true, false) => "0",
                (false, true) => "true",
                (false, false) => "false",
            }
            .to_owned())
        } else {
            Err(self.refuse(kind, value, path))
        }
    }

    fn bool(&mut self, kind: &FieldKind, value: &Value, path: &str) -> Shaped {
        if let Some(yes) = value.as_bool() {
            return Ok(Some(Node::Bool(yes)));
        }
        if let Some(text) = value.as_str() {
            let text = self.render(text, path, false)?;
            let yes = match text.as_str() {
                "true" | "1" => Some(true),
                "false" | "0" => Some(false),
                "t" | "T" | "TRUE" | "True" if self.loose => Some(true),
                "f" | "F" | "FALSE" | "False" if self.loose => Some(false),
                // An empty text leaves a bool as it was: what an unset user variable gives.
                "" if self.loose => return Ok(None),
                _ => None,
            };
            return match yes {
                Some(yes) => Ok(Some(Node::Bool(yes))),
                None => Err(self.refuse_because(path, format!("{text:?} is neither \"true\" nor \"false\""))),
            };
        }
        match value.as_number() {
            Some(number) if self.loose => Ok(Some(Node::Bool(number.to_f64() != 0.0))),
            _ => Err(self.refuse(kind, value, path)),
        }
    }

    fn number(&mut self, kind: &FieldKind, value: &Value, path: &str) -> Result<Number, Refused> {
        if let Some(number) = value.as_number() {
            return Ok(number.clone());
        }
        if let Some(text) = value.as_str() {
            let text = self.render(text, path, false)?;
            let number = match Number::parse(&text) {
                None if self.loose && text.is_empty() => Some(Number::from(0i64)),
                None if self.loose => prefixed(&text).map(Number::from),
                number => number,
            };
            return number.ok_or_else(|| self.refuse_because(path, format!("{text:?} is not a number")));
        }
        match value.as_bool() {
            Some(yes) if self.loose => Ok(Number::from(i64::from(yes))),
            _ => Err(self.refuse(kind, value, path)),
        }
    }

    fn integer(&mut self, kind: &FieldKind, value: &Value, path: &str) -> Shaped {
        let number = self.number(kind, value, path)?;
        if let Some(whole) = number.to_i64() {
            return Ok(Some(Node::Integer(whole)));
        }
        let float = number.to_f64();
        if !(-9.2e18..9.2e18).contains(&float) {
            return Err(self.refuse_because(path, format!("{number} is too large")));
        }
        // Templates that divide (`var.memory / 3`) rely on this; they ought to know.
        let whole = float.trunc() as i64;
        let warning = Diagnostic::warning("Number is not whole")
            .detail(format!("\"{path}\" takes whole numbers: {whole} is used in place of {number}."));
        self.findings.warn(path, warning);
        Ok(Some(Node::Integer(whole)))
    }

    fn duration(&mut self, kind: &FieldKind, value: &Value, path: &str) -> Shaped {
        if self.loose
            && let Some(number) = value.as_number()
        {
            return match number.to_i64() {
                Some(nanos) => Ok(Some(Node::Duration(GoDuration::from_nanos(nanos)))),
                None => Err(self.refuse(kind, value, path)),
            };
        }
        let text = self.text(kind, value, path, false)?;
        match text.parse() {
            Ok(duration) => Ok(Some(Node::Duration(duration))),
            Err(error) => Err(self.refuse_because(path, format!("{error}"))),
        }
    }

    fn list(&mut self, kind: &FieldKind, of: &FieldKind, value: &Value, path: &str, raw: bool) -> Shaped {
        let single;
        let items: &[Value] = if let Some(items) = value.elements() {
            items
        } else if !self.loose {
            return Err(self.refuse(kind, value, path));
        } else if let Some(text) = value.as_str() {
            // A text is rendered as a whole, then cut.
            let text = self.render(text, path, raw)?;
            if text.is_empty() {
                single = Vec::new();
            } else {
                single = text.split(',').map(Value::string).collect();
            }
            return self.items(of, &single, path, true);
        } else if value.entries().is_some_and(BTreeMap::is_empty) {
            &[]
        } else {
            single = vec![value.clone()];
            &single
        };
        self.items(of, items, path, raw)
    }

    fn items(&mut self, of: &FieldKind, items: &[Value], path: &str, raw: bool) -> Shaped {
        let mut nodes = Vec::with_capacity(items.len());
        let mut bad = false;
        for (index, item) in items.iter().enumerate() {
            match self.shape(of, item, &format!("{path}[{index}]"), raw) {
                Ok(Some(node)) => nodes.push(node),
                Ok(None) => nodes.push(zero(of)),
                Err(Refused) => bad = true,
            }
        }
        if bad { Err(self.spoil(path)) } else { Ok(Some(Node::List(nodes))) }
    }

    /// A part was refused: so is the whole, without another finding.
    fn spoil(&mut self, path: &str) -> Refused {
        self.findings.failed.insert(path.to_owned());
        Refused
    }

    fn map(&mut self, kind: &FieldKind, of: &FieldKind, value: &Value, path: &str, raw: bool) -> Shaped {
        let mut nodes = BTreeMap::new();
        let mut bad = false;
        let parts: Vec<&Value> = match (value.entries(), value.elements()) {
            (Some(_), _) => vec![value],
            // Legacy JSON: a list of maps is one map.
            (None, Some(parts)) if self.loose && parts.iter().all(|part| part.entries().is_some()) => {
                parts.iter().collect()
            }
            _ => return Err(self.refuse(kind, value, path)),
        };
        for (key, value) in parts.iter().filter_map(|part| part.entries()).flatten() {
            let at = member(path, key);
            let Ok(key) = self.render(key, &at, raw) else {
                bad = true;
                continue;
            };
            match self.shape(of, value, &at, raw) {
                Ok(node) => {
                    nodes.insert(key, node.unwrap_or_else(|| zero(of)));
                }
                Err(Refused) => bad = true,
            }
        }
        if bad { Err(self.spoil(path)) } else { Ok(Some(Node::Map(nodes))) }
    }

    fn blocks(&mut self, kind: &FieldKind, schema: &Schema, value: &Value, path: &str) -> Shaped {
        let items = match (value.elements(), value.entries()) {
            (Some(items), _) => items,
            (None, Some(_)) if self.loose => std::slice::from_ref(value),
            _ => return Err(self.refuse(kind, value, path)),
        };
        let mut nodes = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            let at = format!("{path}[{index}]");
            if item.is_null() || !item.is_known() {
                nodes.push(Node::Map(BTreeMap::new()));
            } else if item.entries().is_some() {
                nodes.push(Node::Map(self.members(schema, item, &at)));
            } else {
                return Err(self.refuse(&FieldKind::Block(Schema::default()), item, &at));
            }
        }
        Ok(Some(Node::List(nodes)))
    }

    /// A value of any type with every text in it rendered, keys too.
    fn any(&mut self, value: &Value, path: &str, raw: bool, depth: usize) -> Result<Value, Refused> {
        if depth > MAX_DEPTH {
            return Err(self.refuse_because(path, "it is nested too deeply".to_owned()));
        }
        if value.is_null() || !value.is_known() {
            return Ok(value.clone());
        }
        if let Some(text) = value.as_str() {
            if !text.contains("{{") {
                return Ok(value.clone());
            }
            return self.render(text, path, raw).map(Value::string);
        }
        if let Some(items) = value.elements() {
            let items = items
                .iter()
                .enumerate()
                .map(|(index, item)| self.any(item, &format!("{path}[{index}]"), raw, depth + 1))
                .collect::<Result<Vec<_>, _>>()?;
            return Ok(match value.ty() {
                Type::List(of) => Value::list((**of).clone(), items),
                Type::Set(of) => Value::set((**of).clone(), items),
                _ => Value::tuple(items),
            });
        }
        if let Some(entries) = value.entries() {
            let mut rendered = BTreeMap::new();
            for (key, value) in entries {
                let at = member(path, key);
                let key = self.render(key, &at, raw)?;
                rendered.insert(key.into(), self.any(value, &at, raw, depth + 1)?);
            }
            return Ok(match value.ty() {
                Type::Map(of) => Value::map((**of).clone(), rendered),
                _ => Value::object(rendered),
            });
        }
        Ok(value.clone())
    }
}

/// What stands for a value that is not known yet.
fn placeholder(kind: &FieldKind) -> Node {
    match kind {
        FieldKind::String => Node::Text("<unknown>".to_owned()),
        kind => zero(kind),
    }
}

/// What an element that is null becomes.
fn zero(kind: &FieldKind) -> Node {
    match kind {
        FieldKind::String => Node::Text(String::new()),
        FieldKind::Bool => Node::Bool(false),
        FieldKind::Integer => Node::Integer(0),
        FieldKind::Number => Node::Number(Number::from(0i64)),
        FieldKind::Duration => Node::Duration(GoDuration::ZERO),
        FieldKind::List(_) | FieldKind::Blocks(_) => Node::List(Vec::new()),
        FieldKind::Map(_) | FieldKind::Block(_) => Node::Map(BTreeMap::new()),
        FieldKind::Any => Node::Any(Value::null(Type::Dynamic)),
    }
}

/// Whole numbers as Go reads them with a prefix: `0x1f`, `0b1`, `0o7`.
fn prefixed(text: &str) -> Option<i64> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let base = match digits.get(..2)? {
        "0x" | "0X" => 16,
        "0b" | "0B" => 2,
        "0o" | "0O" => 8,
        _ => return None,
    };
    let digits = digits.get(2..).filter(|digits| !digits.starts_with(['-', '+']))?;
    i64::from_str_radix(&format!("{sign}{digits}"), base).ok()
}

fn with_article(words: &str) -> String {
    let article = if words.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {words}")
}
