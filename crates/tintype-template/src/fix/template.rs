//! A template as fixers see it: lists of builders, provisioners and post-processors, and the moves that many fixers make.

use super::value::{Object, Value};

/// A template whose lists are lists.
#[derive(Debug)]
pub(super) struct Template {
    root: Object,
    builders: Option<Part>,
    provisioners: Option<Part>,
    post_processors: Option<Part>,
}

/// One list of components, and the key that it was found under.
#[derive(Debug)]
struct Part {
    key: String,
    items: Vec<Value>,
}

impl Template {
    /// Takes the lists out of a template.
    ///
    /// # Errors
    /// What should be a list is none, or a builder is no object.
    pub(super) fn new(mut root: Object) -> Result<Self, String> {
        let builders = Part::take(&mut root, "builders", false)?;
        for (index, builder) in builders.iter().flat_map(|part| &part.items).enumerate() {
            if !matches!(builder, Value::Object(_)) {
                return Err(format!("Builder {} must be an object, and is {}.", index + 1, builder.kind()));
            }
        }
        let provisioners = Part::take(&mut root, "provisioners", true)?;
        let post_processors = Part::take(&mut root, "post-processors", false)?;
        Ok(Self { root, builders, provisioners, post_processors })
    }

    /// The whole again. A template without builders gets an empty place for them.
    pub(super) fn into_value(self) -> Value {
        let mut root = self.root;
        for part in [self.builders, self.provisioners, self.post_processors].into_iter().flatten() {
            root.insert(part.key, Value::List(part.items));
        }
        if !root.keys().any(|key| key.eq_ignore_ascii_case("builders")) {
            root.insert("builders".to_owned(), Value::Null);
        }
        Value::Object(root)
    }

    /// Whether there is a list of post-processors.
    pub(super) fn has_post_processors(&self) -> bool {
        self.post_processors.is_some()
    }

    /// All builders.
    pub(super) fn builders(&mut self) -> impl Iterator<Item = &mut Object> {
        self.builders.iter_mut().flat_map(|part| &mut part.items).filter_map(Value::as_object_mut)
    }

    /// The builders whose type is one of these. A `*` at the end of one stands for any text.
    pub(super) fn builders_of(
        &mut self,
        types: &'static [&'static str],
    ) -> impl Iterator<Item = &mut Object> {
        self.builders().filter(move |builder| is_of(builder, types))
    }

    /// All provisioners.
    pub(super) fn provisioners(&mut self) -> impl Iterator<Item = &mut Object> {
        self.provisioners.iter_mut().flat_map(|part| &mut part.items).filter_map(Value::as_object_mut)
    }

    /// The provisioners of this type.
    pub(super) fn provisioners_of(&mut self, kind: &'static str) -> impl Iterator<Item = &mut Object> {
        self.provisioners().filter(move |provisioner| text(provisioner, "type") == Some(kind))
    }

    /// The post-processors that are written as objects, alone or in a chain.
    pub(super) fn post_processors(&mut self) -> impl Iterator<Item = &mut Object> {
        let items = self.post_processors.iter_mut().flat_map(|part| &mut part.items);
        items
            .flat_map(|item| match item {
                Value::List(chain) => chain.as_mut_slice(),
                item => std::slice::from_mut(item),
            })
            .filter_map(Value::as_object_mut)
    }

    /// The post-processors of this type that are written as objects.
    pub(super) fn post_processors_of(&mut self, kind: &'static str) -> impl Iterator<Item = &mut Object> {
        self.post_processors().filter(move |post| text(post, "type") == Some(kind))
    }
}

impl Part {
    /// `lenient`: one thing without brackets is a list of one.
    fn take(root: &mut Object, name: &str, lenient: bool) -> Result<Option<Self>, String> {
        // Letters may be large or small; the exact name goes first.
        let found =
            root.get_key_value(name).or_else(|| root.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)));
        let Some((key, value)) = found.map(|(key, value)| (key.clone(), value)) else { return Ok(None) };
        let items = match value {
            Value::Null => return Ok(None),
            Value::List(items) => items.clone(),
            single if lenient => vec![single.clone()],
            other => return Err(format!("{key} must be a list, and is {}.", other.kind())),
        };
        Ok(Some(Self { key, items }))
    }
}

fn is_of(component: &Object, types: &[&str]) -> bool {
    text(component, "type").is_some_and(|kind| {
        types.iter().any(|pattern| match pattern.strip_suffix('*') {
            Some(start) => kind.starts_with(start),
            None => kind == *pattern,
        })
    })
}

/// The text under a key, if it is one.
pub(super) fn text<'a>(object: &'a Object, key: &str) -> Option<&'a str> {
    object.get(key).and_then(Value::as_text)
}

/// Gives a value its new key. One that stands under the new key already is lost.
pub(super) fn rename(object: &mut Object, old: &str, new: &str) {
    if let Some(value) = object.remove(old) {
        object.insert(new.to_owned(), value);
    }
}

/// Gives a value its new key, unless something stands there: then the old one goes.
pub(super) fn rename_unless_present(object: &mut Object, old: &str, new: &str) {
    if let Some(value) = object.remove(old) {
        object.entry(new.to_owned()).or_insert(value);
    }
}

/// Sets the type.
pub(super) fn set_type(object: &mut Object, kind: &str) {
    object.insert("type".to_owned(), kind.into());
}
