//! What fixers would do to a single component: whoever finds something in it that is no more can name the fixer for it.

use std::collections::{BTreeMap, BTreeSet};

use hcl::json::Property;
use tintype_sdk::Category;

use super::template::{Template, text};
use super::value::{Object, Value};
use super::{FIXERS, Fixer};

/// The options of a component that a fixer takes away or renames, and the fixer of each: its name, and what it does.
pub(crate) fn of_options(category: Category, ty: &str, options: &[Property]) -> BTreeMap<String, String> {
    let mut component = Object::new();
    for option in options {
        // What is no value is reported where it is used.
        if let Ok(value) = Value::of(&option.value) {
            component.insert(option.name.text().to_string(), value);
        }
    }
    let mut left: BTreeSet<String> = component.keys().cloned().collect();
    let mut repairs = BTreeMap::new();
    each(category, ty, component, |fixer, component| {
        left.retain(|name| {
            let stays = component.contains_key(name);
            if !stays {
                repairs.insert(name.clone(), described(fixer));
            }
            stays
        });
    });
    repairs
}

/// What fixers make of a type, and the one that does it. Nothing if they leave it.
pub(crate) fn of_type(category: Category, ty: &str) -> Option<(String, String)> {
    let mut found = None;
    each(category, ty, Object::new(), |fixer, component| {
        if let Some(new) = text(component, "type").filter(|new| found.is_none() && *new != ty) {
            found = Some((new.to_owned(), described(fixer)));
        }
    });
    found
}

fn described(fixer: &Fixer) -> String {
    format!("{} ({})", fixer.name, fixer.about)
}

/// Runs all fixers on a template with just one component, and shows it after each.
fn each(category: Category, ty: &str, mut component: Object, mut look: impl FnMut(&Fixer, &Object)) {
    component.insert("type".to_owned(), ty.into());
    let key = match category {
        Category::Builder => "builders",
        Category::Provisioner => "provisioners",
        Category::PostProcessor => "post-processors",
        // Legacy templates have none.
        Category::DataSource => return,
    };
    // Some fixers look whether there are post-processors at all.
    let mut root = Object::from([("post-processors".to_owned(), Value::List(Vec::new()))]);
    root.insert(key.to_owned(), Value::List(vec![Value::Object(component)]));
    let Ok(mut template) = Template::new(root) else { return };
    for fixer in &FIXERS {
        // One that can make nothing of it has repaired nothing.
        if (fixer.apply)(&mut template).is_err() {
            continue;
        }
        let component = match category {
            Category::Builder => template.builders().next(),
            Category::Provisioner => template.provisioners().next(),
            _ => template.post_processors().next(),
        };
        if let Some(component) = component {
            look(fixer, component);
        }
    }
}
