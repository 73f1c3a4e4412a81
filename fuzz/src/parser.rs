//! Every text is read in all ways: findings lie in it, an expression that is no expression has been told, and walks over the result end.

use diag::Diagnostics;
use hcl::ast::{Expr, ExprKind};
use hcl::{AnyBody, Optional, parse_body, parse_expr, parse_template, type_expr};

use crate::FILE;

pub fn check(bytes: &[u8]) {
    let text = crate::text(bytes);
    let (body, findings) = parse_body(&text, FILE);
    crate::sound(&findings, &text);
    let body = AnyBody::from(body);
    for reference in hcl::walk::body_references(&body) {
        assert!(text.get(reference.span.range()).is_some(), "{reference}: {:?}", reference.span);
    }
    let (_, found) = body.just_attributes();
    crate::sound(&found, &text);

    expression(parse_expr(&text, FILE, 0), &text);
    expression(parse_template(&text, FILE), &text);
}

fn expression((expr, findings): (Expr, Diagnostics), text: &str) {
    crate::sound(&findings, text);
    let invalid = matches!(expr.kind, ExprKind::Invalid);
    assert!(!invalid || findings.has_errors(), "silently invalid");
    hcl::walk::references(&expr);
    if let Err(findings) = type_expr(&expr, Optional::WithDefaults) {
        crate::sound(&findings, text);
    }
}
