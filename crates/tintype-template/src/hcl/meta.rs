//! Arguments that the language itself knows, such as `sources` or `pause_before`: their values as Rust has them. What components know is
//! decoded by their schemas.

use cty::{Type, Value};
use diag::{Diagnostic, Diagnostics};
use hcl::ast::Attribute;
use hcl::{Content, Scope};

/// The arguments of one block, read in one scope; mistakes are gathered.
pub(crate) struct Meta<'a> {
    pub(crate) content: &'a Content,
    pub(crate) scope: &'a Scope,
    pub(crate) findings: &'a mut Diagnostics,
}

impl<'a> Meta<'a> {
    /// The text of an argument, when it is set.
    pub(crate) fn string(&mut self, name: &str) -> Option<String> {
        let (value, _) = self.known(name, &Type::String)?;
        value.as_str().map(str::to_owned)
    }

    /// Yes or no.
    pub(crate) fn bool(&mut self, name: &str) -> Option<bool> {
        let (value, _) = self.known(name, &Type::Bool)?;
        value.as_bool()
    }

    /// Yes or no, where null means that nothing was said.
    pub(crate) fn optional_bool(&mut self, name: &str) -> Option<bool> {
        let (value, attr) = self.converted(name, &Type::Bool)?;
        if value.is_null() {
            return None;
        }
        self.refuse_unless(value.is_known(), attr, "its value is not known here");
        value.as_bool()
    }

    /// A whole number.
    pub(crate) fn integer(&mut self, name: &str) -> Option<i64> {
        let (value, attr) = self.known(name, &Type::Number)?;
        let whole = value.as_number()?.to_i64();
        self.refuse_unless(whole.is_some(), attr, "a whole number is required");
        whole
    }

    /// Texts; null is none.
    pub(crate) fn strings(&mut self, name: &str) -> Option<Vec<String>> {
        let (value, attr) = self.converted(name, &Type::list(Type::String))?;
        if value.is_null() {
            return None;
        }
        let texts: Option<Vec<String>> = value.elements().and_then(|elements| {
            elements.iter().map(|element| element.as_str().map(str::to_owned)).collect()
        });
        self.refuse_unless(
            texts.is_some(),
            attr,
            "every element must be a text that is known here, not null",
        );
        texts
    }

    fn attribute(&self, name: &str) -> Option<&'a Attribute> {
        self.content.attribute(name)
    }

    /// The value of an argument as it is.
    pub(crate) fn value(&mut self, name: &str) -> Option<Value> {
        let attr = self.attribute(name)?;
        let (value, findings) = attr.expr.evaluate(self.scope);
        let failed = findings.has_errors();
        self.findings.extend(findings);
        (!failed).then_some(value)
    }

    fn known(&mut self, name: &str, ty: &Type) -> Option<(Value, &'a Attribute)> {
        let (value, _) = self.converted(name, ty)?;
        let attr = self.attribute(name)?;
        let why = if value.is_null() { "it must not be null" } else { "its value is not known here" };
        self.refuse_unless(!value.is_null() && value.is_known(), attr, why).then_some((value, attr))
    }

    fn converted(&mut self, name: &str, ty: &Type) -> Option<(Value, &'a Attribute)> {
        let value = self.value(name)?;
        let attr = self.attribute(name)?;
        match cty::convert(&value, ty) {
            Ok(value) => Some((value, attr)),
            Err(error) => {
                self.refuse_unless(false, attr, &error.to_string());
                None
            }
        }
    }

    fn refuse_unless(&mut self, fine: bool, attr: &Attribute, why: &str) -> bool {
        if !fine {
            self.findings.push(unsuitable(attr, why));
        }
        fine
    }
}

/// The finding for a value that does not suit an argument of the language.
fn unsuitable(attr: &Attribute, why: &str) -> Diagnostic {
    Diagnostic::error("Unsuitable value type")
        .detail(format!("The value of \"{}\" does not suit: {why}.", attr.name.name))
        .at(attr.expr.span)
}
