//! The specification language: blocks, each of which says what becomes of a part of the input. Read with the library's own means:
//! schemas for what may stand where, type expressions, scopes for constants.

use std::collections::BTreeMap;
use std::sync::Arc;

use cty::{Type, Value};
use diag::{Diagnostic, Diagnostics, Span};
use hcl::spec::{Blocks, LabelledBlocks};
use hcl::statics::{as_keyword, as_list};
use hcl::{AnyBody, BodySchema, Content, ContentBlock, FunctionTable, Optional, Scope, Spec, type_expr};

use crate::functions;

/// A specification.
pub struct SpecFile {
    /// What becomes of the input.
    pub root: Spec,
    /// The variables of the input, where the command line says nothing else.
    pub variables: BTreeMap<Arc<str>, Value>,
    /// The functions of the input.
    pub functions: FunctionTable,
}

/// The blocks that say what becomes of something.
const KINDS: [&str; 10] = [
    "object",
    "array",
    "attr",
    "block",
    "block_list",
    "block_set",
    "block_map",
    "literal",
    "default",
    "transform",
];

/// Reads a specification file. Nothing comes out when it does not say what becomes of the input.
pub fn read(body: &AnyBody) -> (Option<SpecFile>, Diagnostics) {
    let mut reader = Reader { findings: Diagnostics::new() };
    let spec = reader.file(body);
    (spec, reader.findings)
}

/// A schema with all kinds of blocks that say what becomes of something, each with these labels.
fn schema(labels: &[&str]) -> BodySchema {
    KINDS.iter().fold(BodySchema::new(), |schema, kind| schema.block(*kind, labels))
}

struct Reader {
    findings: Diagnostics,
}

/// A block that says what becomes of something.
struct Part {
    content: Content,
    /// The property of the object around that it is for: also what it takes from the input, unless it says otherwise.
    property: Option<Arc<str>>,
    header: Span,
}

impl Reader {
    fn error(&mut self, title: &str, detail: impl Into<String>, at: impl Into<Option<Span>>) {
        self.findings.push(Diagnostic::error(title).detail(detail).at(at));
    }

    fn content(&mut self, body: &AnyBody, schema: &BodySchema) -> Content {
        let (content, findings) = body.content(schema);
        self.findings.extend(findings);
        content
    }

    fn file(&mut self, body: &AnyBody) -> Option<SpecFile> {
        let content = self.content(body, &schema(&[]).block("variables", &[]).block("function", &["name"]));
        let mut variables = BTreeMap::new();
        let mut functions = FunctionTable::new();
        let mut roots = Vec::new();
        for block in &content.blocks {
            match &*block.kind.name {
                "variables" => {
                    let (attributes, findings) = block.body.just_attributes();
                    self.findings.extend(findings);
                    for attribute in attributes {
                        let (value, findings) = attribute.expr.evaluate(&Scope::constant());
                        self.findings.extend(findings);
                        variables.insert(attribute.name.name, value);
                    }
                }
                "function" => functions.extend(self.function(block)),
                _ => roots.push(block),
            }
        }
        const ONE: &str =
            "A specification has exactly one block at its top that says what becomes of the input.";
        for extra in roots.iter().skip(1) {
            self.error("Extraneous spec block", ONE, extra.header);
        }
        let Some(root) = roots.first() else {
            self.error("Missing spec block", ONE, body.end_span());
            return None;
        };
        let root = self.part(root);
        Some(SpecFile { root, variables, functions })
    }

    fn function(&mut self, block: &ContentBlock) -> Option<hcl::Function> {
        let schema = BodySchema::new().required("params").attribute("variadic_param").required("result");
        let content = self.content(&block.body, &schema);
        let mut word = |expr| match as_keyword(expr) {
            Some(word) => Some(word.name),
            None => {
                self.error("Invalid parameter", "A parameter is a bare name.", expr.span);
                None
            }
        };
        let params = &content.attribute("params")?.expr;
        let list = as_list(params).map(|items| items.iter().filter_map(&mut word).collect::<Vec<_>>());
        let variadic = content.attribute("variadic_param").and_then(|attr| word(&attr.expr));
        let Some(list) = list else {
            self.error("Invalid parameters", "Parameters are a list of bare names: [a, b].", params.span);
            return None;
        };
        let name = &block.labels.first()?.value;
        Some(functions::custom(name, &list, variadic.as_ref(), &content.attribute("result")?.expr))
    }

    /// What a block says becomes of something.
    fn part(&mut self, block: &ContentBlock) -> Spec {
        // In an object each block has the name of a property.
        let nested = || schema(&[]);
        let schema = match &*block.kind.name {
            "object" => schema(&["key"]),
            "array" | "default" => nested(),
            "attr" => BodySchema::new().attribute("name").attribute("type").attribute("required"),
            "block" => nested().attribute("block_type").attribute("required"),
            "block_list" | "block_set" => {
                nested().attribute("block_type").attribute("min_items").attribute("max_items")
            }
            "block_map" => nested().attribute("block_type").required("labels"),
            "literal" => BodySchema::new().required("value"),
            _ => nested().required("result"),
        };
        let content = self.content(&block.body, &schema);
        let property = block.labels.first().map(|label| Arc::clone(&label.value));
        let part = Part { content, property, header: block.header };
        match &*block.kind.name {
            "object" => {
                let mut parts = BTreeMap::new();
                for block in &part.content.blocks {
                    let Some(label) = block.labels.first() else { continue };
                    let spec = self.part(block);
                    if parts.insert(Arc::clone(&label.value), spec).is_some() {
                        let detail = format!("The property \"{}\" has a block already.", label.value);
                        self.error("Duplicate property", detail, label.span);
                    }
                }
                Spec::Object(parts)
            }
            "array" => Spec::Tuple(part.content.blocks.iter().map(|block| self.part(block)).collect()),
            "attr" => self.attribute(&part),
            "block" => Spec::Block {
                kind: self.name(&part, "block_type"),
                required: self.constant(&part, "required", &Type::Bool).as_bool().unwrap_or(false),
                nested: Box::new(self.single(&part)),
            },
            "block_list" => Spec::BlockList(self.blocks(&part)),
            "block_set" => Spec::BlockSet(self.blocks(&part)),
            "block_map" => {
                let labels = self.constant(&part, "labels", &Type::list(Type::String));
                let labels = labels.elements().into_iter().flatten().filter_map(Value::as_str).map(Arc::from);
                Spec::BlockMap(LabelledBlocks {
                    kind: self.name(&part, "block_type"),
                    labels: labels.collect(),
                    nested: Box::new(self.single(&part)),
                })
            }
            "literal" => {
                let scope = Scope::constant().with_functions(functions::of_specifications());
                Spec::Literal(self.value(&part, "value", &Type::Dynamic, &scope))
            }
            "default" => {
                let parts: Vec<Spec> = part.content.blocks.iter().map(|block| self.part(block)).collect();
                let fallback = parts.into_iter().rev().reduce(|default, primary| Spec::Default {
                    primary: Box::new(primary),
                    default: Box::new(default),
                });
                fallback.unwrap_or_else(|| self.nothing(&part))
            }
            _ => {
                let nested = Box::new(self.single(&part));
                let scope = Scope::new().with_functions(functions::of_specifications());
                match part.content.attribute("result") {
                    Some(result) => Spec::Transform { nested, result: Arc::clone(&result.expr), scope },
                    None => Spec::Literal(Value::dynamic()),
                }
            }
        }
    }

    fn attribute(&mut self, part: &Part) -> Spec {
        let ty = match part.content.attribute("type") {
            None => Type::Dynamic,
            Some(attr) => match type_expr(&attr.expr, Optional::WithoutDefaults) {
                Ok(ty) => ty,
                Err(findings) => {
                    self.findings.extend(findings);
                    Type::Dynamic
                }
            },
        };
        let required = self.constant(part, "required", &Type::Bool).as_bool().unwrap_or(false);
        Spec::Attr { name: self.name(part, "name"), ty, required }
    }

    fn blocks(&mut self, part: &Part) -> Blocks {
        let mut count =
            |name| self.constant(part, name, &Type::Number).as_number().and_then(|n| n.to_usize());
        let (min, max) = (count("min_items").unwrap_or(0), count("max_items").filter(|max| *max > 0));
        if max.is_some_and(|max| max < min) {
            self.error("Invalid max_items", "max_items cannot be smaller than min_items.", part.header);
        }
        Blocks { kind: self.name(part, "block_type"), nested: Box::new(self.single(part)), min, max }
    }

    /// The one block inside another.
    fn single(&mut self, part: &Part) -> Spec {
        for extra in part.content.blocks.iter().skip(1) {
            self.error("Extraneous spec block", "Only one block can stand here.", extra.header);
        }
        match part.content.blocks.first() {
            Some(block) => self.part(block),
            None => self.nothing(part),
        }
    }

    fn nothing(&mut self, part: &Part) -> Spec {
        self.error(
            "Missing spec block",
            "A block is missing here that says what becomes of the content.",
            part.header,
        );
        Spec::Literal(Value::dynamic())
    }

    /// What a part takes from the input: as an argument says, or as the property that it is for.
    fn name(&mut self, part: &Part, argument: &str) -> Arc<str> {
        let name = self.constant(part, argument, &Type::String);
        if let Some(name) = name.as_str().map(Arc::from).or_else(|| part.property.clone()) {
            return name;
        }
        let detail =
            format!("The argument \"{argument}\" is required here: it names what is taken from the input.");
        self.error("Missing name", detail, part.header);
        Arc::from("")
    }

    /// The value of an argument, as a type; null when it is not set.
    fn constant(&mut self, part: &Part, argument: &str, ty: &Type) -> Value {
        self.value(part, argument, ty, &Scope::constant())
    }

    fn value(&mut self, part: &Part, argument: &str, ty: &Type, scope: &Scope) -> Value {
        let Some(attr) = part.content.attribute(argument) else { return Value::null(ty.clone()) };
        let (value, findings) = attr.expr.evaluate(scope);
        let wrong = findings.has_errors();
        self.findings.extend(findings);
        match cty::convert(&value, ty) {
            Ok(value) if !wrong => value,
            Err(error) if !wrong => {
                self.error(
                    "Incorrect attribute value type",
                    format!("\"{argument}\": {error}."),
                    attr.expr.span,
                );
                Value::null(ty.clone())
            }
            _ => Value::null(ty.clone()),
        }
    }
}
