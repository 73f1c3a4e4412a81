//! Content of several bodies taken as one.

use diag::Diagnostics;

use super::{AnyBody, AttrSchema, BodySchema, Content, duplicate_argument, missing};
use crate::ast::Attribute;

pub(super) fn partial_content(bodies: &[AnyBody], schema: &BodySchema) -> (Content, AnyBody, Diagnostics) {
    // What one body lacks another may have: required is asked of the whole.
    let lenient = BodySchema {
        attributes: schema
            .attributes
            .iter()
            .map(|attr| AttrSchema { name: attr.name.clone(), required: false })
            .collect(),
        blocks: schema.blocks.clone(),
    };
    let mut content = Content::default();
    let mut rest = Vec::new();
    let mut diagnostics = Diagnostics::new();
    for body in bodies {
        let (part, left, found) = body.partial_content(&lenient);
        diagnostics.extend(found);
        add(&mut content.attributes, part.attributes, &mut diagnostics);
        content.blocks.extend(part.blocks);
        rest.push(left);
    }
    let end = bodies.iter().find_map(AnyBody::end_span);
    diagnostics.extend(missing(&content, schema, end));
    (content, AnyBody::Merged(rest), diagnostics)
}

pub(super) fn just_attributes(bodies: &[AnyBody]) -> (Vec<Attribute>, Diagnostics) {
    let mut attributes = Vec::new();
    let mut diagnostics = Diagnostics::new();
    for body in bodies {
        let (part, found) = body.just_attributes();
        diagnostics.extend(found);
        add(&mut attributes, part, &mut diagnostics);
    }
    (attributes, diagnostics)
}

fn add(all: &mut Vec<Attribute>, part: Vec<Attribute>, diagnostics: &mut Diagnostics) {
    for attr in part {
        if all.iter().any(|known| known.name.name == attr.name.name) {
            diagnostics.push(duplicate_argument(&attr.name));
        } else {
            all.push(attr);
        }
    }
}
