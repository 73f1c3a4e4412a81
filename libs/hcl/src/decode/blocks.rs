//! Blocks as values: one, lists, sets, tuples, maps.

use std::collections::BTreeMap;
use std::sync::Arc;

use cty::{Path, Step, Type, Value};

use super::{Decoder, Within, below};
use crate::content::ContentBlock;
use crate::spec::{Blocks, LabelledBlocks, Spec};

/// The values of all blocks of a type.
struct Found {
    values: Vec<Value>,
    /// Whether one of them stands for any number of blocks.
    unknown: bool,
}

impl Decoder<'_> {
    pub(super) fn single(
        &mut self,
        kind: &str,
        nested: &Spec,
        required: bool,
        within: &Within<'_>,
        path: &Path,
    ) -> Value {
        let Some(block) = self.only(kind, required, within) else {
            return Value::null(nested.implied_type());
        };
        self.spans.insert(path.clone(), block.header);
        let value = self.body(&block.body, &block.labels, nested, path);
        if block.body.is_unknown() { Value::unknown(value.ty().clone()) } else { value }
    }

    pub(super) fn attributes(
        &mut self,
        kind: &str,
        element: &Type,
        required: bool,
        within: &Within<'_>,
        path: &Path,
    ) -> Value {
        let map = Type::map(element.without_optional());
        let Some(block) = self.only(kind, required, within) else { return Value::null(map) };
        self.spans.insert(path.clone(), block.header);
        let (attributes, findings) = block.body.just_attributes();
        self.diagnostics.extend(findings);
        let mut values = BTreeMap::new();
        for attr in attributes {
            self.spans.insert_expr(&below(path, Step::Index(Value::string(&attr.name.name))), &attr.expr);
            let value = self.converted(&attr.name.name, &attr.expr, element);
            values.insert(Arc::clone(&attr.name.name), value);
        }
        if block.body.is_unknown() {
            return Value::unknown(map);
        }
        self.one_type(&mut values.values_mut().collect::<Vec<_>>(), kind, within);
        let element = values.values().next().map_or_else(|| element.without_optional(), |v| v.ty().clone());
        Value::map(element, values)
    }

    /// The block of a type that may stand once.
    fn only<'w>(&mut self, kind: &str, required: bool, within: &Within<'w>) -> Option<&'w ContentBlock> {
        let mut blocks = within.content.blocks_of(kind);
        let first = blocks.next();
        if first.is_none() && required {
            let detail = format!("A block of type \"{kind}\" is required here.");
            self.report(format!("Missing {kind} block"), detail, within.end);
        }
        for extra in blocks {
            let detail =
                format!("A block of type \"{kind}\" can stand here once only, and there is one above.");
            self.report(format!("Duplicate {kind} block"), detail, Some(extra.header));
        }
        first
    }

    pub(super) fn list(&mut self, blocks: &Blocks, within: &Within<'_>, path: &Path) -> Value {
        let mut found = self.all(blocks, within, path);
        self.one_type(&mut found.values.iter_mut().collect::<Vec<_>>(), &blocks.kind, within);
        let element = found.values.first().map_or_else(|| blocks.nested.implied_type(), |v| v.ty().clone());
        if found.unknown { Value::unknown(Type::list(element)) } else { Value::list(element, found.values) }
    }

    pub(super) fn set(&mut self, blocks: &Blocks, within: &Within<'_>, path: &Path) -> Value {
        let mut found = self.all(blocks, within, path);
        self.one_type(&mut found.values.iter_mut().collect::<Vec<_>>(), &blocks.kind, within);
        let element = found.values.first().map_or_else(|| blocks.nested.implied_type(), |v| v.ty().clone());
        if found.unknown { Value::unknown(Type::set(element)) } else { Value::set(element, found.values) }
    }

    pub(super) fn tuple(&mut self, blocks: &Blocks, within: &Within<'_>, path: &Path) -> Value {
        let found = self.all(blocks, within, path);
        if found.unknown { Value::dynamic() } else { Value::tuple(found.values) }
    }

    /// All blocks of a type, in textual order; says when they are too many or too few.
    fn all(&mut self, blocks: &Blocks, within: &Within<'_>, path: &Path) -> Found {
        let Blocks { kind, nested, min, max } = blocks;
        let mut found = Found { values: Vec::new(), unknown: false };
        for (at, block) in within.content.blocks_of(kind).enumerate() {
            let path = below(path, Step::Index(Value::number(at)));
            self.spans.insert(path.clone(), block.header);
            found.values.push(self.body(&block.body, &block.labels, nested, &path));
            found.unknown |= block.body.is_unknown();
        }
        let count = found.values.len();
        if count < *min && !found.unknown {
            let detail =
                format!("At least {min} blocks of type \"{kind}\" are required here, and there are {count}.");
            self.report(format!("Insufficient {kind} blocks"), detail, within.end);
        }
        if let Some(max) = max
            && let Some(extra) = within.content.blocks_of(kind).nth(*max)
        {
            let detail =
                format!("No more than {max} blocks of type \"{kind}\" can stand here; there are {count}.");
            self.report(format!("Too many {kind} blocks"), detail, Some(extra.header));
        }
        found
    }

    pub(super) fn labelled(
        &mut self,
        blocks: &LabelledBlocks,
        objects: bool,
        within: &Within<'_>,
        path: &Path,
    ) -> Value {
        let LabelledBlocks { kind, labels, nested } = blocks;
        let step = |label: &Arc<str>| {
            if objects { Step::Attr(Arc::clone(label)) } else { Step::Index(Value::string(label)) }
        };
        let mut values: BTreeMap<Vec<Arc<str>>, Value> = BTreeMap::new();
        let mut unknown = false;
        for block in within.content.blocks_of(kind) {
            let (own, rest) = block.labels.split_at(labels.len().min(block.labels.len()));
            let key: Vec<Arc<str>> = own.iter().map(|label| Arc::clone(&label.value)).collect();
            let path = key.iter().fold(path.clone(), |path, label| below(&path, step(label)));
            self.spans.insert(path.clone(), block.header);
            let value = self.body(&block.body, rest, nested, &path);
            unknown |= block.body.is_unknown();
            if values.contains_key(&key) {
                let shown: Vec<String> = key.iter().map(|label| format!("\"{label}\"")).collect();
                let detail = format!("There is a block {kind} {} already.", shown.join(" "));
                self.report(format!("Duplicate {kind} block"), detail, Some(block.header));
                continue;
            }
            values.insert(key, value);
        }
        if !objects {
            self.one_type(&mut values.values_mut().collect::<Vec<_>>(), kind, within);
        }
        let innermost = values.values().next().map_or_else(|| nested.implied_type(), |v| v.ty().clone());
        match (objects, unknown) {
            (true, true) => Value::dynamic(),
            (true, false) => nest(values, labels.len(), &mut |_, entries| Value::object(entries)),
            (false, true) => Value::unknown(labels.iter().fold(innermost, |ty, _| Type::map(ty))),
            (false, false) => nest(values, labels.len(), &mut |depth, entries| {
                let element = (1..depth).fold(innermost.clone(), |ty, _| Type::map(ty));
                Value::map(element, entries)
            }),
        }
    }

    /// Makes the values of one type, which they are unless the spec leaves a type open.
    fn one_type(&mut self, values: &mut [&mut Value], kind: &str, within: &Within<'_>) {
        let types: Vec<Type> = values.iter().map(|value| value.ty().clone()).collect();
        if types.windows(2).all(|pair| matches!(pair, [a, b] if a == b)) {
            return;
        }
        let unified = cty::unify(&types);
        let mut fits = unified.is_some();
        for value in values.iter_mut() {
            match unified.as_ref().and_then(|ty| cty::convert(value, ty).ok()) {
                Some(converted) => **value = converted,
                None => {
                    **value = Value::dynamic();
                    fits = false;
                }
            }
        }
        if !fits {
            for value in values.iter_mut() {
                **value = Value::dynamic();
            }
            let detail =
                format!("All blocks of type \"{kind}\" must give values of the same type for each argument.");
            self.report(format!("Inconsistent {kind} blocks"), detail, within.end);
        }
    }
}

/// Values by several keys as collections in collections; `make` is told how many levels it and those below it are.
fn nest(
    values: BTreeMap<Vec<Arc<str>>, Value>,
    depth: usize,
    make: &mut dyn FnMut(usize, BTreeMap<Arc<str>, Value>) -> Value,
) -> Value {
    let mut groups: BTreeMap<Arc<str>, BTreeMap<Vec<Arc<str>>, Value>> = BTreeMap::new();
    for (mut key, value) in values {
        if key.is_empty() {
            continue;
        }
        groups.entry(key.remove(0)).or_default().insert(key, value);
    }
    let entries = groups.into_iter().map(|(key, mut group)| {
        let value = if depth <= 1 { group.remove(&Vec::new()) } else { None };
        (key, value.unwrap_or_else(|| nest(group, depth.saturating_sub(1), make)))
    });
    let entries = entries.collect();
    make(depth, entries)
}
