//! What a component can be told: names, kinds, defaults and help of its options. Plain data, so that the schema of a plugin
//! can be made at run time and everything downstream has one path. Decoding is [`crate::Reader`]'s part.

use std::borrow::Cow;

use cty::Type;

/// The options of one component, or of one nested block.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Schema {
    /// Name of the component (`shell`) or of the block; for a derived struct the struct's name unless it says otherwise.
    pub name: Cow<'static, str>,
    /// What it does, Markdown.
    pub doc: Cow<'static, str>,
    /// The options, in the order of the struct.
    pub fields: Vec<Field>,
    /// Names that were options once. Old JSON templates that use one are pointed to `fix`.
    pub retired: Vec<Cow<'static, str>>,
}

/// One option.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// The name in a template.
    pub name: Cow<'static, str>,
    /// What it means, Markdown.
    pub doc: Cow<'static, str>,
    /// What may be written there.
    pub kind: FieldKind,
    /// Whether it must be set.
    pub required: bool,
    /// The value of an option that is absent or, unless it is a bool, empty; as a user would write it, lists and maps as JSON.
    /// Rendered like a user's text.
    pub default: Option<Cow<'static, str>>,
    /// Whether its value is a secret.
    pub sensitive: bool,
    /// Why it should not be used any more and what to use instead.
    pub deprecated: Option<Cow<'static, str>>,
    /// Older names. A value under an older name, if not empty, wins over one under the name.
    pub aliases: Vec<Cow<'static, str>>,
    /// `Some(data)`: the text is a Go template that the component renders later, with these names as data. Decoding leaves it
    /// as it is.
    pub template: Option<Cow<'static, str>>,
    /// The values that make sense, for manuals and editors. Decoding does not compare: components have their own sentences.
    pub values: Vec<Cow<'static, str>>,
    /// What the option means for the key of a cached step.
    pub key: KeyRole,
    /// Of a block: whether an object may be set in its place, `name = { … }`.
    pub object: bool,
    /// How often it must stand in a template before anybody looks at what is in it. 0 where the component says itself what is missing.
    pub least: usize,
    /// Of blocks: how many there may be; 0: any number.
    pub most: usize,
}

/// What may be written for an option.
#[derive(Clone, Debug, PartialEq)]
pub enum FieldKind {
    /// Text.
    String,
    /// Yes or no.
    Bool,
    /// A whole number, 64 bits.
    Integer,
    /// Any number.
    Number,
    /// Text such as `1m30s`.
    Duration,
    /// Several of one kind.
    List(Box<FieldKind>),
    /// Text keys, values of one kind.
    Map(Box<FieldKind>),
    /// At most one nested block.
    Block(Schema),
    /// Any number of nested blocks.
    Blocks(Schema),
    /// Anything at all.
    Any,
}

/// How an option counts for the key of a cached step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KeyRole {
    /// Its text is part of the key.
    #[default]
    Text,
    /// It does not change the result.
    No,
    /// It names a file whose content is part of the key.
    File,
    /// It names a file or directory whose whole content is part of the key.
    Tree,
    /// It is a secret: it counts by a keyed digest only.
    Secret,
    /// It matters only after the machine is done.
    Finish,
}

impl Schema {
    /// A schema without options.
    pub fn new(name: impl Into<Cow<'static, str>>, doc: impl Into<Cow<'static, str>>) -> Self {
        Self { name: name.into(), doc: doc.into(), ..Self::default() }
    }

    /// Adds an option.
    pub fn with(mut self, field: Field) -> Self {
        self.fields.push(field);
        self
    }

    /// Adds all options of another schema at this level.
    pub fn flatten(mut self, other: &Schema) -> Self {
        self.fields.extend(other.fields.iter().cloned());
        self.retired.extend(other.retired.iter().cloned());
        self
    }

    /// The option with this name or older name.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields
            .iter()
            .find(|field| field.name == name)
            .or_else(|| self.fields.iter().find(|field| field.aliases.iter().any(|alias| alias == name)))
    }

    /// The option at a dotted path: `build.path`. Positions in lists may be left out or given (`disk[0].size`).
    pub fn field_at(&self, path: &str) -> Option<&Field> {
        let (first, rest) = match path.split_once('.') {
            Some((first, rest)) => (first, Some(rest)),
            None => (path, None),
        };
        let field = self.field(first.split('[').next().unwrap_or(first))?;
        match (rest, &field.kind) {
            (None, _) => Some(field),
            (Some(rest), FieldKind::Block(inner) | FieldKind::Blocks(inner)) => inner.field_at(rest),
            (Some(_), _) => None,
        }
    }

    /// Every name that may be written, older ones included, with its option.
    pub fn names(&self) -> impl Iterator<Item = (&str, &Field)> {
        self.fields.iter().flat_map(|field| {
            std::iter::once(&field.name).chain(&field.aliases).map(move |name| (name.as_ref(), field))
        })
    }

    /// The type of a whole set of options: an object with one attribute a name.
    pub fn ty(&self) -> Type {
        Type::object(self.names().map(|(name, field)| (name.to_owned(), field.kind.ty())))
    }
}

impl Field {
    /// An option with a kind and nothing else.
    pub fn new(name: impl Into<Cow<'static, str>>, kind: FieldKind) -> Self {
        Self {
            name: name.into(),
            doc: Cow::Borrowed(""),
            kind,
            required: false,
            default: None,
            sensitive: false,
            deprecated: None,
            aliases: Vec::new(),
            template: None,
            values: Vec::new(),
            key: KeyRole::Text,
            object: false,
            least: 0,
            most: 0,
        }
    }
}

impl FieldKind {
    /// The type that a value must have in HCL. A duration is text.
    pub fn ty(&self) -> Type {
        match self {
            Self::String | Self::Duration => Type::String,
            Self::Bool => Type::Bool,
            Self::Integer | Self::Number => Type::Number,
            Self::List(of) => Type::list(of.ty()),
            Self::Map(of) => Type::map(of.ty()),
            Self::Block(schema) => schema.ty(),
            Self::Blocks(schema) => Type::list(schema.ty()),
            Self::Any => Type::Dynamic,
        }
    }

    /// The kind in words, for sentences and manuals: `list of string`.
    pub fn words(&self) -> String {
        match self {
            Self::String => "string".into(),
            Self::Bool => "bool".into(),
            Self::Integer => "whole number".into(),
            Self::Number => "number".into(),
            Self::Duration => "duration".into(),
            Self::List(of) => format!("list of {}", of.words()),
            Self::Map(of) => format!("map of {}", of.words()),
            Self::Block(_) => "block".into(),
            Self::Blocks(_) => "blocks".into(),
            Self::Any => "any value".into(),
        }
    }

    /// The options of the nested block or blocks.
    pub fn nested(&self) -> Option<&Schema> {
        match self {
            Self::Block(schema) | Self::Blocks(schema) => Some(schema),
            _ => None,
        }
    }
}
