//! A spec as everybody else knows options, and the other way round.

use cty::Type;
use tintype_schema::{Field, FieldKind, Schema};

use super::Spec;

/// The options that a spec describes. Texts in them are the plugin's to render.
pub(crate) fn schema(name: &str, spec: &Spec) -> Schema {
    let mut schema = Schema::new(name.to_owned(), "");
    let Spec::Object(members) = spec else { return schema };
    for member in members.values() {
        let (name, kind, least, most) = match member {
            // What Packer's core tells every component; nobody writes it.
            Spec::Attr { name, .. } if name.starts_with("packer_") => continue,
            Spec::Attr { name, ty, required } => (name, kind(ty), usize::from(*required), 0),
            Spec::Block { name, nested, required } => {
                (name, FieldKind::Block(self::schema(name, nested)), usize::from(*required), 0)
            }
            Spec::Blocks { name, nested, least, most } => {
                (name, FieldKind::Blocks(self::schema(name, nested)), *least, *most)
            }
            Spec::Object(_) => continue,
        };
        let field = Field::new(name.clone(), kind);
        schema = schema.with(Field { required: least > 0, template: Some("".into()), least, most, ..field });
    }
    schema
}

fn kind(ty: &Type) -> FieldKind {
    match ty {
        Type::String => FieldKind::String,
        Type::Bool => FieldKind::Bool,
        Type::Number => FieldKind::Number,
        Type::List(element) | Type::Set(element) => FieldKind::List(Box::new(kind(element))),
        Type::Map(element) => FieldKind::Map(Box::new(kind(element))),
        _ => FieldKind::Any,
    }
}

/// The spec of a component of ours. An option that takes anything cannot be told to a Go host and is left out.
pub(crate) fn of_schema(schema: &Schema) -> Spec {
    let part = |(name, field): (&str, &Field)| {
        // That something is required is said by the component, in its own words.
        let part = match &field.kind {
            FieldKind::Block(inner) => {
                Spec::Block { name: name.to_owned(), nested: Box::new(of_schema(inner)), required: false }
            }
            FieldKind::Blocks(inner) => {
                Spec::Blocks { name: name.to_owned(), nested: Box::new(of_schema(inner)), least: 0, most: 0 }
            }
            kind => Spec::Attr { name: name.to_owned(), ty: kind.ty(), required: false },
        };
        let told = !matches!(&part, Spec::Attr { ty, .. } if ty.has_dynamic());
        told.then(|| (name.to_owned(), part))
    };
    Spec::Object(schema.names().filter_map(part).collect())
}

/// The spec of a body that would give a value of this type: what a data source answers.
pub(crate) fn of_type(ty: &Type) -> Spec {
    let Type::Object(object) = ty else { return Spec::Object(Default::default()) };
    let part = |(name, ty): (&std::sync::Arc<str>, &Type)| {
        let name = name.to_string();
        let part = match ty {
            Type::Object(_) => {
                Spec::Block { name: name.clone(), nested: Box::new(of_type(ty)), required: false }
            }
            Type::List(element) if matches!(**element, Type::Object(_)) => {
                Spec::Blocks { name: name.clone(), nested: Box::new(of_type(element)), least: 0, most: 0 }
            }
            ty => Spec::Attr { name: name.clone(), ty: ty.clone(), required: false },
        };
        (name, part)
    };
    Spec::Object(object.attributes.iter().map(part).collect())
}
