//! Texts that want to hurt: whatever comes, the parser ends soon, does not panic, and its spans are right.

use std::time::{Duration, Instant};

use diag::{FileId, Span};
use proptest::prelude::*;

use super::titles;
use crate::ast::{Body, Expr, ExprKind, ObjectKey, Template, TemplatePart};
use crate::walk::references;
use crate::{MAX_DEPTH, parse_body, parse_expr, parse_template};

/// Checks that spans lie in the text, at character boundaries, and inside those around them; and that the tree is no
/// higher than it may be.
struct Checker<'a> {
    text: &'a str,
}

impl Checker<'_> {
    fn span(&self, outer: Span, inner: Span) {
        assert!(outer.contains(inner), "{inner:?} not in {outer:?} of {:?}", self.text);
        assert!(self.text.get(inner.range()).is_some(), "{inner:?} cuts a character of {:?}", self.text);
    }

    fn body(&self, body: &Body) {
        let Some(span) = body.span else { return };
        for attr in &body.attributes {
            self.span(span, attr.span);
            self.span(attr.span, attr.name.span);
            self.expr(attr.span, &attr.expr, 0);
        }
        for block in &body.blocks {
            self.span(span, block.span);
            self.span(block.span, block.header);
            block.labels.iter().for_each(|label| self.span(block.header, label.span));
            block.body.span.iter().for_each(|&inner| self.span(block.span, inner));
            block.body.end.iter().for_each(|&inner| self.span(block.span, inner));
            self.body(&block.body);
        }
    }

    fn expr(&self, outer: Span, expr: &Expr, depth: u32) {
        assert!(depth <= MAX_DEPTH, "too high");
        self.span(outer, expr.span);
        let inner = |inner: &Expr| self.expr(expr.span, inner, depth + 1);
        // What is of the same kind is the same level.
        let link = |link: &Expr| {
            let on = is_link(&expr.kind).is_some_and(|kind| is_link(&link.kind) == Some(kind));
            self.expr(expr.span, link, depth + u32::from(!on));
        };
        match &expr.kind {
            ExprKind::Template(template) => self.template(expr.span, template, depth + 1),
            ExprKind::Tuple(items) => items.iter().for_each(inner),
            ExprKind::Object(items) => items.iter().for_each(|item| {
                match &item.key {
                    ObjectKey::Literal(name) => self.span(expr.span, name.span),
                    ObjectKey::Expr(key) => inner(key),
                }
                inner(&item.value);
            }),
            ExprKind::GetAttr(target, name) => {
                self.span(expr.span, name.span);
                link(target);
            }
            ExprKind::Index { target: first, key: second, .. }
            | ExprKind::Splat { target: first, each: second, .. } => {
                link(first);
                inner(second);
            }
            ExprKind::Call(call) => call.args.iter().for_each(inner),
            ExprKind::For(parts) => {
                [&parts.collection, &parts.value]
                    .into_iter()
                    .chain(&parts.key)
                    .chain(&parts.condition)
                    .for_each(inner);
            }
            ExprKind::Conditional(parts, otherwise) => {
                parts.iter().for_each(inner);
                link(otherwise);
            }
            ExprKind::Binary(_, left, right) => {
                link(left);
                inner(right);
            }
            ExprKind::Unary(_, operand) | ExprKind::Parens(operand) => inner(operand),
            _ => {}
        }
    }

    fn template(&self, outer: Span, template: &Template, depth: u32) {
        assert!(depth <= MAX_DEPTH, "too high");
        for part in &template.parts {
            match part {
                TemplatePart::Literal(_, span) => self.span(outer, *span),
                TemplatePart::Interpolation(expr) => self.expr(outer, expr, depth),
                TemplatePart::If { condition, then, otherwise, span } => {
                    self.span(outer, *span);
                    self.expr(*span, condition, depth);
                    self.template(*span, then, depth + 1);
                    self.template(*span, otherwise, depth + 1);
                }
                TemplatePart::For { collection, body, span, .. } => {
                    self.span(outer, *span);
                    self.expr(*span, collection, depth);
                    self.template(*span, body, depth + 1);
                }
            }
        }
    }
}

/// Which kind of chain this is a part of.
fn is_link(kind: &ExprKind) -> Option<u8> {
    Some(match kind {
        ExprKind::GetAttr(..) | ExprKind::Index { .. } | ExprKind::Splat { .. } => 0,
        ExprKind::Binary(..) => 1,
        ExprKind::Conditional(..) => 2,
        _ => return None,
    })
}

/// Reads a text in all ways.
fn check(text: &str) {
    let checker = Checker { text };
    let whole = Span::new(FileId(0), 0, text.len());
    let (body, mut found) = parse_body(text, FileId(0));
    checker.body(&body);
    for (expr, diagnostics) in [parse_expr(text, FileId(0), 0), parse_template(text, FileId(0))] {
        checker.expr(whole, &expr, 0);
        let invalid = matches!(expr.kind, ExprKind::Invalid);
        assert!(!invalid || diagnostics.has_errors(), "silently invalid: {text:?}");
        found.extend(diagnostics);
    }
    for span in found.iter().filter_map(|found| found.subject) {
        checker.span(whole, span);
    }
}

proptest! {
    #[test]
    fn arbitrary_text(text in any::<String>()) {
        check(&text);
    }

    #[test]
    fn arbitrary_tokens(parts in prop::collection::vec(prop::sample::select(PIECES), 0..40)) {
        check(&parts.concat());
    }
}

const PIECES: &[&str] = &[
    "a",
    "b ",
    "for ",
    "in ",
    "if ",
    "true",
    "1",
    "1.5",
    ".",
    "..",
    "...",
    "*",
    "[",
    "]",
    "(",
    ")",
    "{",
    "}",
    "\"",
    "${",
    "%{",
    "~",
    "${~",
    "~}",
    "%{ if ",
    "%{ else }",
    "%{ endif }",
    "%{ for x in ",
    "%{ endfor }",
    "$${",
    "%%{",
    "\\",
    "\\n",
    "\\u12",
    "=",
    "==",
    "=>",
    ":",
    "::",
    "?",
    ",",
    "\n",
    "\r\n",
    "\r",
    "\t",
    " ",
    "# c\n",
    "// d",
    "/*",
    "*/",
    "<<E\n",
    "<<-E\n",
    "  E\n",
    "E\n",
    "E",
    "<<E x\n",
    "+",
    "-",
    "!",
    "&&",
    "|",
    ";",
    "'",
    "“",
    "é",
    "😀",
    "\u{feff}",
    "\0",
    "a = ",
    "b \"c\" {\n",
    "}\n",
];

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % below.max(1)
    }
}

const TEMPLATE: &str = r#"# The region.
variable "region" {
  type        = list(object({ name = string, size = optional(number, 3) }))
  description = "The ${upper("region")} to build in."
  default     = [{ name = "eu-west-1", size = 10 }, { name = "b", size = 1.5e3 }]
  validation {
    condition     = length(var.region) > 0 && var.region[0].name != ""
    error_message = "At least one, please."
  }
}

source "null" "a" { communicator = "none" }

build {
  sources = ["source.null.a"]
  dynamic "provisioner" {
    for_each = { for k, v in local.steps : k => v... if v != null }
    labels   = ["shell-local"]
    content {
      inline = [
        "echo ${provisioner.value.*.name[0]}", # one
        var.region[*].size[0] > 1 ? "a" : "b",
        <<-EOT
          #!/bin/sh
          %{~ for x in [1, 2] ~}
          echo ${x} $${HOME} %{ if x == 1 }one%{ else }two%{ endif }
          %{~ endfor ~}
        EOT
        , !true || -1 % 2 <= 3 ? n::f() : g(1, xs...),
      ]
    }
  }
}
"#;

#[test]
fn mutations() {
    let mut dice = Dice(20);
    let chars: Vec<char> = TEMPLATE.chars().collect();
    for _ in 0..1500 {
        let mut text = chars.clone();
        for _ in 0..=dice.roll(4) {
            let at = dice.roll(text.len());
            let len = dice.roll(12).min(text.len() - at);
            match dice.roll(4) {
                0 => drop(text.drain(at..at + len)),
                1 => {
                    let piece = PIECES[dice.roll(PIECES.len())];
                    text.splice(at..at, piece.chars());
                }
                2 => {
                    let piece = PIECES[dice.roll(PIECES.len())];
                    text.splice(at..at + len, piece.chars());
                }
                _ => {
                    let copied: Vec<char> = text[at..at + len].to_vec();
                    let to = dice.roll(text.len());
                    text.splice(to..to, copied);
                }
            }
        }
        check(&text.into_iter().collect::<String>());
    }
}

#[test]
fn every_beginning_of_a_template() {
    check(TEMPLATE);
    assert!(parse_body(TEMPLATE, FileId(0)).1.is_empty());
    for (end, _) in TEMPLATE.char_indices() {
        check(&TEMPLATE[..end]);
    }
}

#[test]
fn depth() {
    for (open, close) in [
        ("[", "]"),
        ("(", ")"),
        ("{a=", "}"),
        ("f(", ")"),
        ("-", ""),
        ("!", ""),
        ("\"${", "}\""),
        ("[for x in ", ":x]"),
        ("a[", "]"),
    ] {
        let nested = |levels: usize| format!("{}x{}", open.repeat(levels), close.repeat(levels));
        let (_, diagnostics) = parse_expr(&nested(400), FileId(0), 0);
        assert!(diagnostics.is_empty(), "{open}: {:?}", titles("", &diagnostics));
        let start = Instant::now();
        let deep = nested(10_000);
        check(&deep);
        assert_eq!(titles("", &parse_expr(&deep, FileId(0), 0).1), ["1 Nesting too deep"], "{open}");
        let unclosed = open.repeat(10_000);
        check(&unclosed);
        assert_eq!(parse_expr(&unclosed, FileId(0), 0).1.len(), 1, "{open}");
        assert!(start.elapsed() < Duration::from_secs(5), "{open} takes {:?}", start.elapsed());
    }
    let blocks = "a {\n".repeat(10_000) + &"}\n".repeat(10_000);
    check(&blocks);
    assert_eq!(titles("", &parse_body(&blocks, FileId(0)).1).len(), 1);
    check(&"%{ if a }".repeat(10_000));
    check(&format!("a = {}", "!\n".repeat(10_000)));
}

/// What only goes on and on is no nesting. Half a million parts fit in no stack.
#[test]
fn chains() {
    for (part, last) in
        [("1+", "1"), ("a==b && ", "c"), ("1*2-", "3"), ("a?b:", "c"), ("a.", "b"), ("a[0].b[c].", "d")]
    {
        for parts in [1000, 100_000] {
            let text = format!("{}{last}", part.repeat(parts));
            let (expr, diagnostics) = parse_expr(&text, FileId(0), 0);
            assert_eq!(titles("", &diagnostics), [""; 0], "{part}");
            drop(expr.clone());
            drop((references(&expr), expr));
        }
    }
    let steps = format!("a{}", "[0]".repeat(100_000));
    assert_eq!(references(&parse_expr(&steps, FileId(0), 0).0).len(), 1);
}

#[test]
fn a_file_of_rubbish_has_no_million_findings() {
    for text in ["@\n", "a\n", "'", "a = &\n"] {
        assert!(parse_body(&text.repeat(5000), FileId(0)).1.len() <= 2000);
    }
}
