//! Reads `#[config(…)]` and doc comments into plain structs, with every mistake pointed at. Generates nothing.

use syn::ext::IdentExt;
use syn::meta::ParseNestedMeta;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Attribute, Expr, ExprLit, Field, Lit, LitStr, Meta, Token};

/// What stands on the struct.
#[derive(Default)]
pub struct StructAttrs {
    pub doc: String,
    pub name: Option<LitStr>,
    pub retired: Vec<LitStr>,
    pub unchecked: bool,
}

/// What stands on a field.
#[derive(Default)]
pub struct FieldAttrs {
    pub doc: String,
    pub name: String,
    pub flatten: bool,
    pub block: bool,
    pub object: bool,
    pub required: bool,
    pub sensitive: bool,
    pub default: Option<LitStr>,
    pub deprecated: Option<LitStr>,
    pub template: Option<LitStr>,
    pub aliases: Vec<LitStr>,
    pub values: Vec<LitStr>,
    pub key: Option<LitStr>,
}

/// The parts in cache keys, as written and as variants of `KeyRole`.
pub const KEY_ROLES: [(&str, &str); 5] =
    [("no", "No"), ("file", "File"), ("tree", "Tree"), ("secret", "Secret"), ("finish", "Finish")];

pub fn of_struct(attrs: &[Attribute]) -> syn::Result<StructAttrs> {
    let mut found = StructAttrs { doc: doc(attrs), ..StructAttrs::default() };
    each(attrs, |meta| {
        match ident(&meta)?.as_str() {
            "name" => once(&mut found.name, &meta)?,
            "retired" => found.retired.extend(list(&meta)?),
            "unchecked" => found.unchecked = true,
            other => {
                return Err(meta.error(format!(
                    "unknown option `{other}`: a struct takes `name`, `retired` and `unchecked`"
                )));
            }
        }
        Ok(())
    })?;
    Ok(found)
}

pub fn of_field(field: &Field) -> syn::Result<FieldAttrs> {
    let name = field.ident.as_ref().map(|ident| ident.unraw().to_string()).unwrap_or_default();
    let mut found = FieldAttrs { doc: doc(&field.attrs), name, ..FieldAttrs::default() };
    let mut plain = true;
    each(&field.attrs, |meta| {
        let option = ident(&meta)?;
        plain &= option == "flatten";
        match option.as_str() {
            "flatten" => found.flatten = true,
            "block" => found.block = true,
            "object" => found.object = true,
            "required" => found.required = true,
            "sensitive" => found.sensitive = true,
            "default" => once(&mut found.default, &meta)?,
            "deprecated" => once(&mut found.deprecated, &meta)?,
            "template" => once(&mut found.template, &meta)?,
            "key" => once(&mut found.key, &meta)?,
            "name" => found.name = meta.value()?.parse::<LitStr>()?.value(),
            "aliases" => found.aliases.extend(list(&meta)?),
            "values" => found.values.extend(list(&meta)?),
            other => {
                return Err(meta.error(format!(
                    "unknown option `{other}`: a field takes `flatten`, `block`, `object`, `required`, `default`, `name`, \
                     `aliases`, `template`, `values`, `sensitive`, `deprecated` and `key`"
                )));
            }
        }
        Ok(())
    })?;
    if found.flatten && !plain {
        return Err(syn::Error::new(
            field.span(),
            "`flatten` stands alone: the options are those of the other struct",
        ));
    }
    if let (true, Some(default)) = (found.required, &found.default) {
        return Err(syn::Error::new(
            default.span(),
            "an option with a default is never missing: drop `required` or `default`",
        ));
    }
    if found.block && (found.default.is_some() || found.template.is_some()) {
        return Err(syn::Error::new(field.span(), "a block has neither `default` nor `template`"));
    }
    if found.object && !found.block {
        return Err(syn::Error::new(field.span(), "`object` is said of a `block`"));
    }
    if let Some(key) = &found.key
        && !KEY_ROLES.iter().any(|(name, _)| *name == key.value())
    {
        return Err(syn::Error::new(
            key.span(),
            "`key` is one of \"no\", \"file\", \"tree\", \"secret\", \"finish\"",
        ));
    }
    if let Some(default) = &found.default {
        check_default(field, default)?;
    }
    Ok(found)
}

/// A default that cannot be read would fail in front of a user: catch what can be seen from here.
fn check_default(field: &Field, default: &LitStr) -> syn::Result<()> {
    let text = default.value();
    let syn::Type::Path(path) = &field.ty else { return Ok(()) };
    let Some(last) = path.path.segments.last() else { return Ok(()) };
    let wrong = match last.ident.to_string().as_str() {
        "bool" if text != "true" && text != "false" => Some("a bool is `true` or `false`"),
        "i64" | "i32" | "u64" | "u32" | "u16" | "u8" | "usize" if text.parse::<i128>().is_err() => {
            Some("this is not a whole number")
        }
        "f64" if text.parse::<f64>().is_err() => Some("this is not a number"),
        "Vec" if !text.starts_with('[') => Some("the default of a list is written as JSON: `[\"a\", \"b\"]`"),
        "BTreeMap" if !text.starts_with('{') => {
            Some("the default of a map is written as JSON: `{\"a\": \"b\"}`")
        }
        _ => None,
    };
    wrong.map_or(Ok(()), |wrong| Err(syn::Error::new(default.span(), wrong)))
}

fn each(
    attrs: &[Attribute],
    mut read: impl FnMut(ParseNestedMeta<'_>) -> syn::Result<()>,
) -> syn::Result<()> {
    attrs
        .iter()
        .filter(|attr| attr.path().is_ident("config"))
        .try_for_each(|attr| attr.parse_nested_meta(&mut read))
}

fn ident(meta: &ParseNestedMeta<'_>) -> syn::Result<String> {
    meta.path.get_ident().map(ToString::to_string).ok_or_else(|| meta.error("one word is expected here"))
}

fn once(slot: &mut Option<LitStr>, meta: &ParseNestedMeta<'_>) -> syn::Result<()> {
    let value = meta.value()?.parse()?;
    if slot.replace(value).is_some() {
        return Err(meta.error("given twice"));
    }
    Ok(())
}

fn list(meta: &ParseNestedMeta<'_>) -> syn::Result<Vec<LitStr>> {
    let content;
    syn::parenthesized!(content in meta.input);
    Ok(Punctuated::<LitStr, Token![,]>::parse_terminated(&content)?.into_iter().collect())
}

/// The doc comment, each line without the blank after `///`.
fn doc(attrs: &[Attribute]) -> String {
    let lines: Vec<String> = attrs
        .iter()
        .filter_map(|attr| match &attr.meta {
            Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
                Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
                _ => None,
            },
            _ => None,
        })
        .flat_map(|text| {
            text.split('\n')
                .map(|line| line.strip_prefix(' ').unwrap_or(line).trim_end().to_owned())
                .collect::<Vec<_>>()
        })
        .collect();
    lines.join("\n").trim().to_owned()
}
