//! Any tree that can be written is read back as it was, also when its text has been laid out anew.

use std::sync::Arc;

use cty::Number;
use diag::{FileId, Span};
use proptest::prelude::*;

use super::{print, show, titles};
use crate::ast::{
    Attribute, BinaryOp, Block, Body, Call, Expr, ExprKind, For, Ident, Label, Link, ObjectItem, ObjectKey,
    Template, TemplatePart, UnaryOp,
};
use crate::parse_body;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn what_is_written_is_read(tree in body(2)) {
        let text = print::body(&tree);
        let expected = show::body(&tree);
        prop_assert_eq!(read(&text), expected.as_str(), "{}", text);
        let laid_out = crate::fmt::format(&text, FileId(0));
        let laid_out = laid_out.map_err(|findings| TestCaseError::fail(format!("{findings}\n{text}")))?;
        prop_assert_eq!(read(&laid_out), expected, "{}", laid_out);
    }
}

fn read(text: &str) -> String {
    let (body, findings) = parse_body(text, FileId(0));
    assert_eq!(titles(text, &findings), [""; 0], "{text}");
    show::body(&body)
}

/// Places are not compared.
fn nowhere() -> Span {
    Span::new(FileId(0), 0, 0)
}

fn made(kind: ExprKind) -> Expr {
    Expr { kind, span: nowhere() }
}

/// None of them means anything to the language.
const NAMES: [&str; 5] = ["a", "b1", "c-d", "_x", "größe"];

fn name() -> impl Strategy<Value = Ident> {
    prop::sample::select(&NAMES[..]).prop_map(|name| Ident { name: name.into(), span: nowhere() })
}

fn body(depth: u32) -> BoxedStrategy<Body> {
    let value = prop_oneof![4 => expr(), 1 => heredoc()];
    let attributes = prop::collection::btree_map(prop::sample::select(&NAMES[..]), value, 0..4);
    let attributes = attributes.prop_map(|attributes| {
        let attribute = |(name, expr): (&str, Expr)| Attribute {
            name: Ident { name: name.into(), span: nowhere() },
            expr: Arc::new(expr),
            span: nowhere(),
        };
        attributes.into_iter().map(attribute).collect::<Vec<_>>()
    });
    let blocks = if depth == 0 {
        Just(Vec::new()).boxed()
    } else {
        prop::collection::vec(block(depth - 1), 0..3).boxed()
    };
    (attributes, blocks)
        .prop_map(|(attributes, blocks)| Body { attributes, blocks, span: None, end: None })
        .boxed()
}

fn block(depth: u32) -> impl Strategy<Value = Block> {
    let bare = name().prop_map(|name| Label { value: name.name, span: nowhere(), quoted: false });
    let quoted = text().prop_map(|text| Label { value: text.into(), span: nowhere(), quoted: true });
    let labels = prop::collection::vec(prop_oneof![bare, quoted], 0..3);
    (name(), labels, body(depth)).prop_map(|(kind, labels, body)| Block {
        kind,
        labels,
        body: Arc::new(body),
        header: nowhere(),
        span: nowhere(),
        comments: Vec::new(),
    })
}

/// Text with everything in it that must be escaped somewhere.
fn text() -> impl Strategy<Value = String> {
    let pieces =
        ["x", " ", "é", "$", "%", "{", "}", "\"", "\\", "\\n", "\n", "\r\n", "~", "#", "//", "<<E", "'"];
    prop::collection::vec(prop::sample::select(pieces.to_vec()), 0..6).prop_map(|pieces| pieces.concat())
}

/// In a heredoc nothing but the begin of a sequence can be escaped.
fn line() -> impl Strategy<Value = String> {
    let pieces = ["x", " ", "\t", "é", "${", "%{", "}", "\"", "\\", "\\n", "\n", "#", "<<E"];
    prop::collection::vec(prop::sample::select(pieces.to_vec()), 0..6)
        .prop_map(|pieces| pieces.concat() + "\n")
}

fn expr() -> impl Strategy<Value = Expr> {
    let numbers = ["0", "1", "12345678901234567890123", "0.5", "1e3", "2.5e-7"];
    let number = prop::sample::select(numbers.to_vec()).prop_filter_map("a number", Number::parse);
    let leaf = prop_oneof![
        Just(ExprKind::Null),
        any::<bool>().prop_map(ExprKind::Bool),
        number.prop_map(ExprKind::Number),
        name().prop_map(|name| ExprKind::Variable(name.name)),
        text().prop_map(|text| ExprKind::Template(template(vec![literal(&text)], false))),
    ];
    leaf.prop_map(made).prop_recursive(4, 32, 4, |inner| {
        let pair = || (inner.clone(), inner.clone());
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|items| made(ExprKind::Tuple(items))),
            prop::collection::vec((key(inner.clone()), inner.clone()), 0..4).prop_map(|items| {
                let item = |(key, value)| ObjectItem { key, value };
                made(ExprKind::Object(items.into_iter().map(item).collect()))
            }),
            steps(inner.clone()),
            (name(), prop::collection::vec(inner.clone(), 0..4), any::<bool>()).prop_map(call),
            for_expr(inner.clone()),
            (pair(), inner.clone()).prop_map(|((condition, yes), no)| {
                let parts = Box::new([operand(condition, 1), yes]);
                made(ExprKind::Conditional(parts, Link::new(no)))
            }),
            (operator(), pair()).prop_map(|((op, precedence), (left, right))| {
                let (left, right) = (operand(left, precedence), operand(right, precedence + 1));
                made(ExprKind::Binary(op, Link::new(left), Box::new(right)))
            }),
            (any::<bool>(), inner.clone()).prop_map(|(not, inner)| {
                let op = if not { UnaryOp::Not } else { UnaryOp::Negate };
                made(ExprKind::Unary(op, Box::new(operand(inner, UNARY))))
            }),
            inner.clone().prop_map(|inner| made(ExprKind::Parens(Box::new(inner)))),
            parts(inner).prop_map(|parts| made(ExprKind::Template(template(parts, false)))),
        ]
    })
}

/// How tightly the unary operators bind, and all that needs no parentheses anywhere.
const UNARY: u8 = 7;
const TERM: u8 = 8;

fn operator() -> impl Strategy<Value = (BinaryOp, u8)> {
    prop::sample::select(vec![
        (BinaryOp::Or, 1),
        (BinaryOp::And, 2),
        (BinaryOp::Equal, 3),
        (BinaryOp::NotEqual, 3),
        (BinaryOp::Less, 4),
        (BinaryOp::LessOrEqual, 4),
        (BinaryOp::Greater, 4),
        (BinaryOp::GreaterOrEqual, 4),
        (BinaryOp::Add, 5),
        (BinaryOp::Subtract, 5),
        (BinaryOp::Multiply, 6),
        (BinaryOp::Divide, 6),
        (BinaryOp::Modulo, 6),
    ])
}

fn precedence(of: &ExprKind) -> u8 {
    match of {
        ExprKind::Conditional(..) => 0,
        ExprKind::Binary(op, ..) => match op {
            BinaryOp::Or => 1,
            BinaryOp::And => 2,
            BinaryOp::Equal | BinaryOp::NotEqual => 3,
            BinaryOp::Less | BinaryOp::LessOrEqual | BinaryOp::Greater | BinaryOp::GreaterOrEqual => 4,
            BinaryOp::Add | BinaryOp::Subtract => 5,
            BinaryOp::Multiply | BinaryOp::Divide | BinaryOp::Modulo => 6,
        },
        ExprKind::Unary(..) => UNARY,
        _ => TERM,
    }
}

/// The expression as a part of one that binds so tightly.
fn operand(expr: Expr, least: u8) -> Expr {
    if precedence(&expr.kind) >= least { expr } else { made(ExprKind::Parens(Box::new(expr))) }
}

fn key(inner: impl Strategy<Value = Expr> + 'static) -> impl Strategy<Value = ObjectKey> {
    prop_oneof![
        name().prop_map(ObjectKey::Literal),
        text().prop_map(|text| {
            ObjectKey::Expr(made(ExprKind::Template(template(vec![literal(&text)], false))))
        }),
        inner.prop_map(|inner| ObjectKey::Expr(made(ExprKind::Parens(Box::new(inner))))),
    ]
}

fn call((name, args, expand): (Ident, Vec<Expr>, bool)) -> Expr {
    let expand = expand && !args.is_empty();
    made(ExprKind::Call(Box::new(Call { name, args, expand, parens: nowhere() })))
}

/// A step behind something.
#[derive(Clone, Debug)]
enum Step {
    Name(Ident),
    Index(Expr),
    Number(u8),
}

impl Step {
    fn behind(self, target: Expr) -> Expr {
        let target = Link::new(target);
        made(match self {
            Step::Name(name) => ExprKind::GetAttr(target, name),
            Step::Index(key) => ExprKind::Index { target, key: Box::new(key), legacy: false },
            Step::Number(number) => {
                let key = Box::new(made(ExprKind::Number(Number::from(i64::from(number)))));
                ExprKind::Index { target, key, legacy: true }
            }
        })
    }
}

/// An expression with a row of steps behind it, or with a splat and steps for each element.
fn steps(inner: impl Strategy<Value = Expr> + Clone + 'static) -> impl Strategy<Value = Expr> {
    let step = prop_oneof![
        name().prop_map(Step::Name),
        inner.clone().prop_map(Step::Index),
        (0_u8..20).prop_map(Step::Number),
    ];
    let splat = prop::sample::select(vec![None, Some(false), Some(true)]);
    (inner, prop::collection::vec(step, 1..4), splat).prop_map(|(target, steps, splat)| {
        let target = operand(target, TERM);
        // The steps behind a splat are its own, those behind a number are read with it.
        let target = match &target.kind {
            ExprKind::Splat { .. } | ExprKind::Index { legacy: true, .. } | ExprKind::Number(_) => {
                made(ExprKind::Parens(Box::new(target)))
            }
            _ => target,
        };
        let chain = |first: Expr| {
            steps.iter().fold(first, |before, step| match (&before.kind, step) {
                // Two numbers with a dot between are one.
                (ExprKind::Index { legacy: true, .. }, Step::Number(_)) => before,
                // Brackets end what an attribute splat does for each element.
                (_, Step::Index(_)) if splat == Some(false) => before,
                _ => step.clone().behind(before),
            })
        };
        match splat {
            None => chain(target),
            Some(full) => {
                let each = Box::new(chain(made(ExprKind::SplatItem)));
                made(ExprKind::Splat { target: Link::new(target), each, full })
            }
        }
    })
}

fn for_expr(inner: impl Strategy<Value = Expr> + Clone + 'static) -> impl Strategy<Value = Expr> {
    let names = (prop::option::of(name()), name());
    let key = prop::option::of((inner.clone(), any::<bool>()));
    let condition = prop::option::of(inner.clone());
    (names, inner.clone(), key, inner, condition).prop_map(
        |((key_var, value_var), collection, key, value, condition)| {
            let group = key.as_ref().is_some_and(|(_, group)| *group);
            let key = key.map(|(key, _)| key);
            made(ExprKind::For(Box::new(For {
                key_var,
                value_var,
                collection,
                key,
                value,
                condition,
                group,
            })))
        },
    )
}

fn literal(text: &str) -> TemplatePart {
    TemplatePart::Literal(text.into(), nowhere())
}

/// A template of these parts, with texts that follow each other made one and empty ones left out.
fn template(parts: Vec<TemplatePart>, heredoc: bool) -> Template {
    let mut joined: Vec<TemplatePart> = Vec::new();
    for part in parts {
        match (joined.last_mut(), part) {
            (_, TemplatePart::Literal(text, _)) if text.is_empty() => {}
            (Some(TemplatePart::Literal(before, _)), TemplatePart::Literal(text, _)) => {
                *before = format!("{before}{text}").into();
            }
            (_, part) => joined.push(part),
        }
    }
    Template { parts: joined, heredoc }
}

fn parts(inner: impl Strategy<Value = Expr> + Clone + 'static) -> impl Strategy<Value = Vec<TemplatePart>> {
    let leaf = prop_oneof![
        text().prop_map(|text| literal(&text)),
        inner.clone().prop_map(TemplatePart::Interpolation),
    ];
    let part = leaf.prop_recursive(2, 8, 3, move |nested| {
        let nested = prop::collection::vec(nested, 0..3).prop_map(|parts| template(parts, false));
        let names = (prop::option::of(name()), name());
        prop_oneof![
            (inner.clone(), nested.clone(), nested.clone()).prop_map(|(condition, then, otherwise)| {
                TemplatePart::If { condition: Box::new(condition), then, otherwise, span: nowhere() }
            }),
            (names, inner.clone(), nested).prop_map(|((key_var, value_var), collection, body)| {
                let (collection, body) = (Box::new(collection), Box::new(body));
                TemplatePart::For { key_var, value_var, collection, body, span: nowhere() }
            }),
        ]
    });
    prop::collection::vec(part, 0..4)
}

/// Lines with interpolations between them.
fn heredoc() -> impl Strategy<Value = Expr> {
    let part =
        prop_oneof![line().prop_map(|line| literal(&line)), expr().prop_map(TemplatePart::Interpolation),];
    (prop::collection::vec(part, 0..4), line()).prop_map(|(mut parts, last)| {
        parts.push(literal(&last));
        made(ExprKind::Template(template(parts, true)))
    })
}
